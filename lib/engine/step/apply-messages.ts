import { decide, MAIN_METHOD } from "../../core/model/decide.ts";
import type { State } from "../../core/model/state.ts";
import { resultOf } from "../../core/model/view.ts";
import type { InstanceMessage, StartMessage } from "../../core/protocol/messages.ts";
import type { Outgoing } from "../../core/protocol/outgoing.ts";
import { type ErrorCode, hasCode, InfiniticError } from "../../core/values/errors.ts";
import { codeWorkflow } from "../../core/values/ids.ts";
import { referenceIn } from "../../core/values/payload.ts";
import { encode } from "../../instance/codec.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { LiveInstance } from "../live-instance.ts";
import type { UsageMeter } from "../usage-meter.ts";
import { accept } from "./accept.ts";
import { failedCall, failedReply, isReply } from "./missing-value.ts";
import { leftovers } from "./waiting.ts";

/** Where a step begins: an instance, and whether the store itself has just said so. */
export interface Base {
  readonly instance: LiveInstance;
  readonly isConfirmed: boolean;
}

/** A message that can never be handled. */
export interface ParkedMessage {
  readonly index: number;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** What messages have become, in memory. */
export type Applied =
  | {
      readonly kind: "applied";
      readonly instance: LiveInstance;
      /** Of each message that was handled: those beyond are to be sent again. */
      readonly answers: readonly (readonly Outgoing[])[];
      /** Those, and what had waited before: each is done, unless it waits now. */
      readonly handled: readonly InstanceMessage[];
      readonly farWakes: readonly Outgoing[];
      readonly parked: readonly ParkedMessage[];
      /** Whether the value of a message was not found: it may have been recorded and deleted since the state was read. */
      readonly hasMissed?: boolean;
    }
  /** The outbox is to be published first (I4). */
  | { readonly kind: "flush" }
  /** Only a confirmed state can tell. */
  | { readonly kind: "unsure" };

/** Applies messages to an instance in memory, one after the other. */
export async function applyMessages(
  parts: EngineParts,
  { instance: given, isConfirmed }: Base,
  messages: readonly InstanceMessage[],
  { now, run }: { readonly now: number; readonly run: boolean },
  meter: UsageMeter,
): Promise<Applied> {
  const { retention, payloads, log, clock } = parts;
  const versions = parts.workflows.get(codeWorkflow(given.key.workflow)) ?? new Map();
  const answers: (readonly Outgoing[])[] = [];
  const farWakes: Outgoing[] = [];
  const parked: ParkedMessage[] = [];
  let hasMissed = false;
  const waited = [...given.waiting];
  let instance = given;
  for (const [index, message] of messages.entries()) {
    const isRival = isOfAnotherRun(instance, message);
    if (isRival && !isConfirmed) return { kind: "unsure" };
    const metRun = isRival ? await runMetBy(parts, message, meter) : undefined;
    if (metRun !== undefined && metRun !== instance.state?.key.run) {
      // It has had its effect, in a run that is gone.
      answers.push([]);
      continue;
    }
    const isRestart = isRival && instance.state?.ended === true && metRun === undefined;
    if (message.kind === "start" && (isRestart || !instance.state)) {
      const isTooOld = message.at < now - retention.endedMs;
      if (!isConfirmed && isTooOld) return { kind: "unsure" };
      if (isTooOld) {
        const reason = `expected a start sent within the retention of ended instances, got one of ${new Date(message.at).toISOString()}`;
        parked.push({ index, code: "MESSAGE_TOO_OLD", reason });
        answers.push([]);
        continue;
      }
    }
    if (isRestart) {
      // The ended run is gone once its item is overwritten: what it has to say is said before.
      const isSilent = instance.outbox.length === 0 && instance.fresh.length === 0;
      if (!isSilent && index === 0) return { kind: "flush" };
      if (!isSilent) break;
      if (instance.state) await rememberEnd(parts, instance.state, now, meter);
      instance = instance.restart();
    } else if (isRival && instance.state && metRun === undefined) {
      // What begins nothing now begins nothing later: delivered again, it would find the run ended (I1).
      await remember(parts, instance.state, message.id, now, meter);
    }
    const arrived = await adopted(parts, instance, message, now);
    if (arrived instanceof InfiniticError) {
      const { code, message: reason } = arrived;
      const answer = failedCall(message, arrived);
      hasMissed = true;
      if (!answer) parked.push({ index, code, reason });
      answers.push(answer ? [answer] : []);
      continue;
    }
    const accepted = await accept(instance, arrived, { versions, payloads, clock, now, run, retention, log });
    answers.push(accepted.answers);
    farWakes.push(...accepted.farWakes, ...leftovers(instance, arrived, { retention, now }));
  }
  const handled = [...waited, ...messages.slice(0, answers.length)];
  return { kind: "applied", instance, answers, handled, farWakes, parked, hasMissed };
}

/**
 * Whether a message is a start of a custom id that has an instance already: once that has ended it begins another run,
 * unless it came before, while a run lived or as the start of one.
 */
function isOfAnotherRun({ state }: LiveInstance, message: InstanceMessage): message is StartMessage {
  return (
    message.kind === "start" &&
    message.customId !== undefined &&
    state !== undefined &&
    message.id !== state.key.run &&
    !state.seen.has(message.id)
  );
}

/** The run that a start has had its effect in: it began that, or nothing because that lived. */
async function runMetBy(
  { pastRuns }: EngineParts,
  { workflow, workflowId, id }: StartMessage,
  meter: UsageMeter,
): Promise<string | undefined> {
  const { run, ...consumed } = await pastRuns.find({ workflow, workflowId }, id);
  meter.add(consumed);
  return run;
}

/** A larger outcome is forgotten with its run. */
const MAX_OUTCOME_BYTES = 256 * 1024;

/** Remembers how a run has ended, for those who still ask after another has begun: its item goes. */
async function rememberEnd(parts: EngineParts, state: State, now: number, meter: UsageMeter): Promise<void> {
  const outcome = encode(resultOf(state, MAIN_METHOD));
  const isKept = outcome.byteLength <= MAX_OUTCOME_BYTES;
  await remember(parts, state, state.key.run, now, meter, isKept ? outcome : undefined);
}

/** Remembers that a start has met a run, for as long as it could still be taken for a new one. */
async function remember(
  { pastRuns, retention }: EngineParts,
  { key }: State,
  start: string,
  now: number,
  meter: UsageMeter,
  outcome?: Uint8Array,
): Promise<void> {
  const expiresAt = Math.ceil((now + 2 * retention.endedMs) / 1_000);
  meter.add(await pastRuns.add(key, start, key.run, expiresAt, outcome));
}

/** A message that will be recorded, with a payload of the run's own; an error when it has none that can be found. */
async function adopted(
  { payloads }: EngineParts,
  instance: LiveInstance,
  message: InstanceMessage,
  now: number,
): Promise<InstanceMessage | InfiniticError> {
  const isKnown = instance.hasHeardBefore(message) || instance.waiting.some(({ id }) => id === message.id);
  if (!referenceIn(message) || isKnown) return message;
  const { key, state } = instance;
  const run = state?.key ?? (message.kind === "start" ? { ...key, run: message.id } : undefined);
  const isWanted = !state || decide(state, message, now).kind === "record";
  if (!run || !isWanted) return message;
  try {
    // What a service of another stack has put away for this very run may be in that stack's store.
    if (isReply(message)) await payloads.expect(message);
    return await payloads.adopt(run, message);
  } catch (error) {
    if (hasCode(error, "PAYLOAD_MISSING")) return failedReply(message, error) ?? error;
    throw error;
  }
}
