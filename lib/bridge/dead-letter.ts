import { deadLetterTopic } from "../core/topics.ts";
import type { IncomingMessage, OutgoingMessage } from "../ports/broker.ts";

/** Why a message is put aside, and after how many attempts. */
export interface DeadLetterCause {
  readonly code: string;
  readonly reason: string;
  readonly attempts: number;
}

/** Of a message that was put aside and sent again: its id when it was first put aside. */
const REPLAY_OF = "replayOf";

/** Properties travel in a frame's header, beside the payload. */
const LONGEST_REASON = 1_000;

/** The message that goes to a topic's dead letters in place of one that can never be processed. */
export function deadLetterOf(message: IncomingMessage, cause: DeadLetterCause): OutgoingMessage {
  const { id, topic, key, payload, properties } = message;
  return {
    topic: deadLetterTopic(topic),
    ...(key === undefined ? {} : { key }),
    payload,
    properties: {
      ...properties,
      code: cause.code,
      reason: cause.reason.slice(0, LONGEST_REASON),
      attempts: String(cause.attempts),
      originTopic: topic,
      originId: id,
      ...(key === undefined ? {} : { originKey: key }),
    },
  };
}

/** What is added to a message's own properties when it is put aside. */
const ADDED: ReadonlySet<string> = new Set([
  "code",
  "reason",
  "attempts",
  "originTopic",
  "originId",
  "originKey",
]);

/** The message that was put aside, as it goes back to its topic; its own properties are those that it had. */
export function revived({ id, key, payload, properties }: IncomingMessage, topic: string): OutgoingMessage {
  const own = Object.entries(properties).filter(([name]) => !ADDED.has(name));
  const first = properties[REPLAY_OF] ?? properties["originId"] ?? id;
  return {
    topic,
    ...(key === undefined ? {} : { key }),
    payload,
    properties: { ...Object.fromEntries(own), [REPLAY_OF]: first },
  };
}

/** The broker's id of a message or, once it was put aside and sent again, the id that it had first. */
export function firstIdOf({ id, properties }: Pick<IncomingMessage, "id" | "properties">): string {
  return properties[REPLAY_OF] ?? id;
}
