import { setTimeout as sleep } from "node:timers/promises";
import type { Journey as Program } from "../simulation/program.ts";
import type { LoadClient } from "./load-client.ts";
import type { Outsider } from "./outsider.ts";
import type { Watch } from "./watch.ts";
import { programOf } from "./workload.ts";

const TICK_MS = 250;

/** Somebody who asks, somebody outside who completes tasks, and somebody who watches what comes of it. */
interface Load {
  readonly client: LoadClient;
  readonly outsider: Outsider;
  readonly watch: Watch;
}

/** Asks for so many journeys, evenly over a time. `onTick`: called with how many there were, some times a second. */
export async function drive(
  load: Load,
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
      void begin(load, programOf(seed, started));
    }
    await look(load);
    await onTick(started);
    await sleep(TICK_MS);
  }
}

/** Asks for one life after the other: the next one when the last was seen to have ended. */
async function begin({ client, outsider, watch }: Load, program: Program): Promise<void> {
  outsider.expect(program);
  for (const [life, ended] of watch.expect(program).entries()) {
    await client.ask(program, life);
    await ended;
  }
}

async function look({ outsider, watch }: Load): Promise<void> {
  await Promise.all([outsider.look(), watch.look()]);
}

/** Waits until all that was asked for has ended, for so long at most. */
export async function settle(load: Load, ms: number): Promise<void> {
  const { client, outsider, watch } = load;
  const until = performance.now() + ms;
  while (watch.pending + client.pending + outsider.pending > 0 && performance.now() < until) {
    await look(load);
    await sleep(TICK_MS);
  }
}

/** Waits until something is true, for so long at most; tells whether it became so. */
export async function until(isTrue: () => Promise<boolean>, ms: number): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(TICK_MS))
    if (await isTrue().catch(() => false)) return true;
  return false;
}
