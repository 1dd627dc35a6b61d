import { decide } from "../../core/model/decide.ts";
import type { InstanceMessage } from "../../core/protocol/messages.ts";
import type { Outgoing } from "../../core/protocol/outgoing.ts";
import { hasCode, InfiniticError } from "../../core/values/errors.ts";
import { codeWorkflow } from "../../core/values/ids.ts";
import { referenceIn } from "../../core/values/payload.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { LiveInstance } from "../live-instance.ts";
import { accept } from "./accept.ts";
import { failedCall, failedReply, isReply } from "./missing-value.ts";
import { leftovers } from "./offload.ts";
import type { AcceptOptions } from "./record-events.ts";
import { selectRun } from "./select-run.ts";
import type { Applied, Base, Flush, ParkedMessage, Step } from "./step.ts";

/**
 * Applies messages to an instance in memory, one after the other. `unconfirmed`: only a confirmed state can tell what
 * becomes of them.
 */
export async function applyMessages(
  step: Step,
  { instance: given, isConfirmed }: Base,
  now: number,
): Promise<Applied | Flush | { readonly kind: "unconfirmed" }> {
  const { parts, messages } = step;
  const answers: (readonly Outgoing[])[] = [];
  const farWakes: Outgoing[] = [];
  const parked: ParkedMessage[] = [];
  let hasMissed = false;
  const waited = [...given.waiting];
  let instance = given;
  for (const [index, message] of messages.entries()) {
    const selected = await selectRun(step, { instance, isConfirmed }, message, now);
    if (selected.kind === "unconfirmed") return selected;
    if (selected.kind === "flush" && index === 0) return selected;
    if (selected.kind === "flush") break; // this message and those after it are sent again
    if (selected.kind === "too-old") parked.push({ index, ...selected.why });
    if (selected.kind !== "run") {
      answers.push([]);
      continue;
    }
    instance = selected.instance;
    const arrived = await withValue(parts, instance, message, now);
    if (arrived instanceof InfiniticError) {
      const answer = failedCall(message, arrived);
      hasMissed = true;
      if (!answer) parked.push({ index, code: arrived.code, reason: arrived.message });
      answers.push(answer ? [answer] : []);
      continue;
    }
    const accepted = await accept(instance, arrived, optionsOf(step, now));
    answers.push(accepted.answers);
    farWakes.push(...accepted.farWakes, ...leftovers(instance, arrived, { retention: parts.retention, now }));
  }
  const handled = [...waited, ...messages.slice(0, answers.length)];
  return { kind: "applied", instance, answers, handled, farWakes, parked, hasMissed };
}

function optionsOf({ parts, key, context: { run } }: Step, now: number): AcceptOptions {
  const { payloads, clock, retention, log } = parts;
  const versions = parts.workflows.get(codeWorkflow(key.workflow)) ?? new Map();
  return { versions, payloads, clock, now, run, retention, log };
}

/** A message that will be recorded, with a payload of the run's own; an error when it has none that can be found. */
async function withValue(
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
    return await payloads.claim(run, message);
  } catch (error) {
    if (hasCode(error, "PAYLOAD_MISSING")) return failedReply(message, error) ?? error;
    throw error;
  }
}
