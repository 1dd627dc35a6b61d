import type { EngineMessage } from "../core/protocol/messages.ts";
import { workflowEngineTopic, workflowTagsTopic } from "../core/protocol/topics.ts";
import { hasCode, InfiniticError } from "../core/values/errors.ts";
import { entriesOf } from "../instance/tag-entries.ts";
import type { OutgoingMessage } from "../ports/broker.ts";
import type { ApiParts } from "./api-setup.ts";
import { packed } from "./payloads.ts";

/** How long to wait before each time that a message is sent again, in ms. */
const RESEND_AFTER_MS = [0, 100, 400];

/**
 * Publishes a message to an instance, or to all that have a tag. Whether it was published when this rejects is not
 * known: send it again with the same id.
 *
 * @throws InfiniticError `PAYLOAD_TOO_LARGE`; `BROKER_UNAVAILABLE`, also when there is no receipt
 * in time: the broker itself waits for ever
 */
export async function send(parts: ApiParts, message: EngineMessage): Promise<void> {
  const { clock, publishTimeoutMs } = parts;
  const payload = JSON.stringify(await packed(parts, message));
  // Entered before anybody can hear of the start, so that an operation by tag right after it reaches the instance.
  if (message.kind === "start" && message.tags) {
    await parts.tagIndex.add(entriesOf(message, message.tags, message.id));
  }
  const timer = new AbortController();
  const receipt = publish(parts, { ...addressOf(message), payload }, timer.signal);
  const tooLate = clock.sleep(publishTimeoutMs, timer.signal).then(() => {
    throw new InfiniticError(
      "BROKER_UNAVAILABLE",
      `expected a receipt of the broker within ${publishTimeoutMs} ms, got none: send it again with the same Idempotency-Key`,
    );
  });
  try {
    await Promise.race([receipt, tooLate]);
    if (message.kind === "start") parts.accepted.add(message);
  } finally {
    timer.abort();
  }
}

/**
 * Publishes a message, again where its connection was lost: a function that slept has connections that the broker
 * has closed meanwhile. What the broker had already is recognised by its id.
 */
async function publish(
  { broker, clock }: Pick<ApiParts, "broker" | "clock">,
  message: OutgoingMessage,
  over: AbortSignal,
): Promise<void> {
  for (const pauseMs of RESEND_AFTER_MS) {
    try {
      await broker.publish(message);
      return;
    } catch (error) {
      if (!hasCode(error, "BROKER_UNAVAILABLE") || over.aborted) throw error;
    }
    if (pauseMs > 0) await clock.sleep(pauseMs, over);
  }
  await broker.publish(message);
}

function addressOf(message: EngineMessage): { readonly topic: string; readonly key: string } {
  const { workflow } = message;
  if (message.kind === "by-tag") return { topic: workflowTagsTopic(workflow), key: message.tag };
  return { topic: workflowEngineTopic(workflow), key: message.workflowId };
}
