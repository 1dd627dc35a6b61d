import type { Emit } from "../core/protocol/invocation.ts";
import type { ByTagMessage, InstanceMessage } from "../core/protocol/messages.ts";
import type { Outgoing } from "../core/protocol/outgoing.ts";
import { workflowEngineTopic, workflowTagsTopic } from "../core/protocol/topics.ts";
import type { TagEntry, TagIndex } from "../ports/tag-index.ts";
import { emitFrom } from "./key-emits.ts";

/** Instances that one message is sent on to, at most. */
const PAGE_ENTRIES = 250;
/** Characters of an instance's message beside what it carries. */
const ENVELOPE_CHARACTERS = 600;

/**
 * Sends an operation on to a page of the instances that have its tag, and itself on to the next page.
 *
 * Holds no state: delivered again it sends the same messages again, under one id, which each instance hears once (I1).
 * Each message is for the run that the tag was entered for, so it reaches no later life of the id.
 *
 * @param cause the record that carries the message
 * @param budget characters of the reply
 */
export async function sendByTag(
  index: TagIndex,
  message: ByTagMessage,
  { cause, budget }: { readonly cause: string; readonly budget: number },
): Promise<readonly Emit[]> {
  const { workflow, tag, cursor, operation } = message;
  const size = JSON.stringify(operation).length + ENVELOPE_CHARACTERS;
  const limit = Math.max(1, Math.min(PAGE_ENTRIES, Math.floor(budget / size)));
  const page = await index.read(workflow, tag, { limit, ...(cursor !== undefined && { cursor }) });
  const emits = page.entries.map((entry) => emitFrom(cause, toInstance(message, entry)));
  if (page.cursor === undefined) return emits;
  const next = { topic: workflowTagsTopic(workflow), key: tag, message: { ...message, cursor: page.cursor } };
  return [...emits, emitFrom(cause, next)];
}

function toInstance(message: ByTagMessage, { workflow, workflowId, run }: TagEntry): Outgoing {
  const { format, id, at, traceparent, headers, operation } = message;
  const travelling = { ...(traceparent !== undefined && { traceparent }), ...(headers && { headers }) };
  const envelope = { format, id, at, ...travelling };
  const sent: InstanceMessage = { ...operation, ...envelope, workflow, workflowId, run };
  return { topic: workflowEngineTopic(workflow), key: workflowId, message: sent };
}
