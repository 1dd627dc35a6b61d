import type { Instance } from "../../instance/instance.ts";
import type { StateItem } from "../../ports/state-store.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { LiveInstance } from "../live-instance.ts";
import { cleanUp } from "./clean-up.ts";
import type { Applied, Done, Step } from "./step.ts";
import { untag } from "./tags.ts";

/**
 * Deletes what is no longer needed, and keeps the instance in memory for the next step.
 *
 * @param item what was committed, if anything was
 */
export async function finish(step: Step, applied: Applied, item?: StateItem): Promise<Done> {
  const { parts, messages, meter } = step;
  const { instance, answers, parked, handled } = applied;
  await untag(parts.tagIndex, instance, messages, meter);
  await cleanUp(parts, instance, handled, meter);
  keepWarm(parts, instance);
  return { kind: "done", instance, answers, parked, ...(item && { item }) };
}

/** Keeps a committed instance in memory. Failed and stopped ones may wait for weeks: they are not kept. */
export function keepWarm({ warm }: Pick<EngineParts, "warm">, instance: LiveInstance): void {
  if (isRunning(instance)) warm.put(instance);
}

function isRunning({ v, status }: Instance): boolean {
  return v !== undefined && status === "running";
}
