import type { Hint } from "../../core/protocol/invocation.ts";
import { hasCode } from "../../core/values/errors.ts";
import { loadRecords } from "../../instance/chunks.ts";
import { decodeTip, readHint } from "../../instance/tip.ts";
import type { StateItem } from "../../ports/state-store.ts";
import { LiveInstance } from "../live-instance.ts";
import type { Base, Step } from "./step.ts";

/** Gives the cheapest place to begin: what the bridge's hint says, nothing for a start, else what the store has. */
export async function load(step: Step): Promise<Base> {
  const { key, messages, context } = step;
  const hinted = context.hint && (await instanceOfHint(step, context.hint));
  if (hinted) return { instance: hinted, isConfirmed: false };
  if (messages[0]?.kind === "start")
    return { instance: new LiveInstance(key, undefined), isConfirmed: false };
  return loadConfirmed(step);
}

/** Reads the instance consistently. */
export async function loadConfirmed(step: Step): Promise<Base> {
  const { item, ...consumed } = await step.parts.stateStore.load(step.key);
  step.meter.add(consumed);
  return { instance: await instanceOfItem(step, item), isConfirmed: true };
}

/** Makes the instance of an item, from memory if it is there. */
export async function instanceOfItem(
  { parts, key, meter }: Step,
  item: StateItem | undefined,
): Promise<LiveInstance> {
  if (!item) return new LiveInstance(key, undefined);
  const warm = parts.warm.take(key, item.v);
  if (warm) return warm;
  const tip = decodeTip(key, item.body);
  const { records, ...consumed } = await loadRecords(parts.stateStore, key, tip);
  meter.add(consumed);
  return new LiveInstance(key, item.v, tip, records);
}

async function instanceOfHint({ parts, key, meter }: Step, hint: Hint): Promise<LiveInstance | undefined> {
  // What stands on this very version needs nothing of the hint's body.
  const warm = parts.warm.take(key, hint.v);
  if (warm) return warm;
  const hinted = readHint(key, hint);
  if (!hinted) return undefined;
  try {
    const { records, ...consumed } = await loadRecords(parts.stateStore, key, hinted.tip);
    meter.add(consumed);
    return new LiveInstance(key, hinted.v, hinted.tip, records);
  } catch (error) {
    // A hint of an earlier life refers to chunks that are gone; the store knows better.
    if (hasCode(error, "STATE_CORRUPT")) return undefined;
    throw error;
  }
}
