import { MAIN_METHOD } from "../../core/model/decide.ts";
import type { State } from "../../core/model/state.ts";
import { resultOf } from "../../core/model/view.ts";
import type { InstanceMessage, StartMessage } from "../../core/protocol/messages.ts";
import { encode } from "../../instance/codec.ts";
import type { LiveInstance } from "../live-instance.ts";
import type { Base, Flush, ParkedMessage, Step } from "./step.ts";

/** The run that a message is for. */
type Selected =
  | { readonly kind: "run"; readonly instance: LiveInstance }
  /** It has had its effect, in a run that is gone. */
  | { readonly kind: "heard" }
  /** What it might have begun may have been forgotten: it is parked. */
  | { readonly kind: "too-old"; readonly why: Omit<ParkedMessage, "index"> }
  /** The ended run is gone once its item is overwritten: what it has to say is said before (I4). */
  | Flush
  /** Only a confirmed state can tell (I2). */
  | { readonly kind: "unconfirmed" };

/**
 * Selects the run that a message is for: mostly the one that the instance has. A start of a custom id whose run has
 * ended begins another run.
 */
export async function selectRun(
  step: Step,
  { instance, isConfirmed }: Base,
  message: InstanceMessage,
  now: number,
): Promise<Selected> {
  const { state } = instance;
  if (message.kind !== "start") return { kind: "run", instance };
  const isRival = isOfAnotherRun(instance, message);
  if (isRival && !isConfirmed) return { kind: "unconfirmed" };
  const metRun = isRival ? await runMetBy(step, message) : undefined;
  if (metRun !== undefined && metRun !== state?.key.run) return { kind: "heard" };
  const isRestart = isRival && state?.ended === true && metRun === undefined;
  const isTooOld = (isRestart || !state) && message.at < now - step.parts.retention.endedMs;
  if (isTooOld) return isConfirmed ? tooOld(message) : { kind: "unconfirmed" };
  if (isRestart) {
    const isSilent = instance.outbox.length === 0 && instance.fresh.length === 0;
    if (!isSilent) return { kind: "flush", instance };
    await rememberEnd(step, state, now);
    return { kind: "run", instance: instance.restart() };
  }
  // What begins nothing now begins nothing later: delivered again, it would find the run ended (I1).
  if (isRival && state && metRun === undefined) await remember(step, state, message.id, now);
  return { kind: "run", instance };
}

function tooOld({ at }: StartMessage): Selected {
  const reason = `expected a start sent within the retention of ended instances, got one of ${new Date(at).toISOString()}`;
  return { kind: "too-old", why: { code: "MESSAGE_TOO_OLD", reason } };
}

/**
 * Whether a start of a custom id meets an instance that it has not begun: once that has ended it begins another run,
 * unless it came before, while a run lived or as the start of one.
 */
function isOfAnotherRun({ state }: LiveInstance, { customId, id }: StartMessage): boolean {
  return customId !== undefined && state !== undefined && id !== state.key.run && !state.seen.has(id);
}

/** The run that a start has had its effect in: it began that, or nothing because that lived. */
async function runMetBy(
  { parts, meter }: Step,
  { workflow, workflowId, id }: StartMessage,
): Promise<string | undefined> {
  const { run, ...consumed } = await parts.pastRuns.find({ workflow, workflowId }, id);
  meter.add(consumed);
  return run;
}

/** A larger outcome is forgotten with its run. */
const MAX_OUTCOME_BYTES = 256 * 1024;

/** Remembers how a run has ended, for those who still ask after another has begun: its item goes. */
async function rememberEnd(step: Step, state: State, now: number): Promise<void> {
  const outcome = encode(resultOf(state, MAIN_METHOD));
  const isKept = outcome.byteLength <= MAX_OUTCOME_BYTES;
  await remember(step, state, state.key.run, now, isKept ? outcome : undefined);
}

/** Remembers that a start has met a run, for as long as it could still be taken for a new one. */
async function remember(
  { parts: { pastRuns, retention }, meter }: Step,
  { key }: State,
  start: string,
  now: number,
  outcome?: Uint8Array,
): Promise<void> {
  const expiresAt = Math.ceil((now + 2 * retention.endedMs) / 1_000);
  meter.add(await pastRuns.add(key, start, key.run, expiresAt, outcome));
}
