import { setTimeout as sleep } from "node:timers/promises";
import type { LoadClient } from "./load-client.ts";
import type { Watch } from "./watch.ts";
import { programOf } from "./workload.ts";

const TICK_MS = 250;

/** Somebody who asks, and somebody who watches what comes of it. */
interface Load {
  readonly client: LoadClient;
  readonly watch: Watch;
}

/** Asks for so many journeys, evenly over a time. `onTick`: called with how many there were, some times a second. */
export async function drive(
  { client, watch }: Load,
  {
    seed,
    count,
    ms,
    onTick = async () => undefined,
  }: {
    readonly seed: number;
    readonly count: number;
    readonly ms: number;
    readonly onTick?: (started: number) => Promise<void>;
  },
): Promise<void> {
  const startedAt = performance.now();
  let started = 0;
  for (let elapsedMs = 0; started < count; elapsedMs = performance.now() - startedAt) {
    for (; started < count && started <= (elapsedMs / ms) * count; started += 1) {
      const program = programOf(seed, started);
      watch.expect(program);
      void client.ask(program);
    }
    await watch.look();
    await onTick(started);
    await sleep(TICK_MS);
  }
}

/** Waits until all that was asked for has ended, for so long at most. */
export async function settle({ client, watch }: Load, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (watch.pending + client.pending > 0 && performance.now() < until) {
    await watch.look();
    await sleep(TICK_MS);
  }
}

/** Waits until something is true, for so long at most; tells whether it became so. */
export async function until(isTrue: () => Promise<boolean>, ms: number): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(TICK_MS))
    if (await isTrue().catch(() => false)) return true;
  return false;
}
