import { MAX_UNPROVEN } from "../../core/model/outbox.ts";
import type { Hint, KeyContext } from "../../core/protocol/invocation.ts";
import type { InstanceMessage } from "../../core/protocol/messages.ts";
import type { Outgoing } from "../../core/protocol/outgoing.ts";
import { hasCode } from "../../core/values/errors.ts";
import { loadRecords } from "../../instance/chunks.ts";
import { decodeTip, readHint } from "../../instance/tip.ts";
import type { InstanceKey, StateItem } from "../../ports/state-store.ts";
import { parseCursor } from "../cursor.ts";
import type { EngineParts } from "../engine-parts.ts";
import { LiveInstance } from "../live-instance.ts";
import type { UsageMeter } from "../usage-meter.ts";
import { type Applied, applyMessages, type Base, type ParkedMessage } from "./apply-messages.ts";
import { cleanUp } from "./clean-up.ts";
import { type Committed, commitInstance } from "./commit.ts";
import { putDue } from "./due-wakes.ts";
import { overflow } from "./overflow.ts";
import { tagChildren, untag } from "./tags.ts";
import { lighten } from "./waiting.ts";

/** How a step of one key ended. */
export type StepResult =
  | {
      readonly kind: "done";
      readonly instance: LiveInstance;
      /** The committed item; undefined when nothing had to be written. */
      readonly item?: StateItem;
      /** Per message, answers that stand in no outbox. Messages beyond are to be sent again. */
      readonly answers: readonly (readonly Outgoing[])[];
      readonly parked: readonly ParkedMessage[];
    }
  /** The outbox is full: have it published first, then step again (I4). */
  | { readonly kind: "flush"; readonly instance: LiveInstance }
  /** Other writers won each time. */
  | { readonly kind: "contended" };

const MAX_ATTEMPTS = 5;

/**
 * One step of one instance: load or take the hint → apply → run workflow code → commit, in this order.
 *
 * A conclusion that writes nothing is drawn only from a state that a consistent read has confirmed (I2); a lost
 * commit throws away everything that was computed, and begins again on the winner's state. An instance that outgrows
 * its item fails with STATE_TOO_LARGE (I10).
 */
export async function stepKey(
  parts: EngineParts,
  key: InstanceKey,
  messages: readonly InstanceMessage[],
  context: KeyContext & { readonly run: boolean },
  meter: UsageMeter,
): Promise<StepResult> {
  let base = await firstBase(parts, key, messages, context, meter);
  let isOverfull = false;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const { instance, isConfirmed } = base;
    const { published } = context;
    instance.dropPublished(published && published.run === instance.state?.key.run ? published.entries : []);
    const cursor = parseCursor(context.resume, instance.state?.key.run);
    if (cursor?.kind === "flush") instance.dropFlushed(cursor.entry);
    const now = parts.clock.now();
    const isFull = instance.outbox.length > MAX_UNPROVEN;
    const apply = (): Promise<Applied> =>
      applyMessages(parts, base, messages, { now, run: context.run }, meter);
    const applied: Applied = isFull
      ? { kind: "flush" }
      : isOverfull
        ? overflow(instance, messages, { now, retention: parts.retention })
        : await apply();
    if (isFull) keepWarm(parts, instance); // nothing was run: what it stands on is committed
    if (applied.kind === "flush" && isConfirmed) return { kind: "flush", instance };
    const isWritten = applied.kind === "applied" && applied.instance.isDirty;
    if (!isConfirmed && !isWritten) {
      base = await confirmed(parts, key, meter);
      continue;
    }
    if (applied.kind !== "applied") continue;
    for (const wake of applied.farWakes) meter.add(await putDue(parts, wake));
    if (!isWritten) {
      // Another step may have recorded the message since, and deleted its payload: then that is not missing.
      const again = applied.hasMissed ? await confirmed(parts, key, meter) : base;
      if (again.instance.v === instance.v) return finish(parts, applied, messages, meter);
      base = again;
      continue;
    }
    const result = await write(parts, applied, now, meter);
    if (result === "overfull") {
      isOverfull = true;
      base = await confirmed(parts, key, meter);
    } else if (result.committed) {
      return finish(parts, applied, messages, meter, result.item);
    } else base = { instance: await revive(parts, key, result.current, meter), isConfirmed: true };
  }
  return { kind: "contended" };
}

/** Commits what messages have become, after all that the commit refers to. */
async function write(
  parts: EngineParts,
  { instance }: Applied & { readonly kind: "applied" },
  now: number,
  meter: UsageMeter,
): Promise<Committed | "overfull"> {
  const lightened = await lighten(instance, parts.payloads, { retention: parts.retention, now });
  for (const wake of lightened) meter.add(await putDue(parts, wake));
  await tagChildren(parts.tagIndex, instance, meter);
  try {
    const result = await commitInstance(parts.stateStore, instance, now, parts);
    meter.add(result);
    if (result.committed) meter.countCommit();
    return result;
  } catch (error) {
    if (hasCode(error, "ITEM_TOO_LARGE")) return "overfull";
    throw error;
  }
}

async function finish(
  parts: EngineParts,
  { instance, answers, handled, parked }: Applied & { readonly kind: "applied" },
  messages: readonly InstanceMessage[],
  meter: UsageMeter,
  item?: StateItem,
): Promise<StepResult> {
  await untag(parts.tagIndex, instance, messages, meter);
  await cleanUp(parts, instance, handled, meter);
  keepWarm(parts, instance);
  return { kind: "done", instance, answers, parked, ...(item && { item }) };
}

/** Keeps an instance for the next step, unless it waits for a person, or for nothing: that may take weeks. */
function keepWarm({ warm }: Pick<EngineParts, "warm">, instance: LiveInstance): void {
  if (instance.v !== undefined && instance.status === "running") warm.put(instance);
}

/** The cheapest place to begin: the hint, for a start nothing, else the store. */
async function firstBase(
  parts: EngineParts,
  key: InstanceKey,
  messages: readonly InstanceMessage[],
  { hint }: KeyContext,
  meter: UsageMeter,
): Promise<Base> {
  const hinted = hint && (await instanceOfHint(parts, key, hint, meter));
  if (hinted) return { instance: hinted, isConfirmed: false };
  if (messages[0]?.kind === "start")
    return { instance: new LiveInstance(key, undefined), isConfirmed: false };
  return confirmed(parts, key, meter);
}

async function instanceOfHint(
  parts: EngineParts,
  key: InstanceKey,
  hint: Hint,
  meter: UsageMeter,
): Promise<LiveInstance | undefined> {
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

async function confirmed(parts: EngineParts, key: InstanceKey, meter: UsageMeter): Promise<Base> {
  const { item, ...consumed } = await parts.stateStore.load(key);
  meter.add(consumed);
  return { instance: await revive(parts, key, item, meter), isConfirmed: true };
}

/** Makes the instance of an item, from memory if it is there. */
async function revive(
  parts: Pick<EngineParts, "stateStore" | "warm">,
  key: InstanceKey,
  item: StateItem | undefined,
  meter: UsageMeter,
): Promise<LiveInstance> {
  if (!item) return new LiveInstance(key, undefined);
  const warm = parts.warm.take(key, item.v);
  if (warm) return warm;
  const tip = decodeTip(key, item.body);
  const { records, ...consumed } = await loadRecords(parts.stateStore, key, tip);
  meter.add(consumed);
  return new LiveInstance(key, item.v, tip, records);
}
