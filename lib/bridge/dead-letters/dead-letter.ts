import { deadLetterTopic } from "../../core/protocol/topics.ts";
import type { IncomingMessage, OutgoingMessage } from "../../ports/broker.ts";

/** Why a message is put aside, and after how many attempts. */
export interface DeadLetterCause {
  readonly code: string;
  readonly reason: string;
  readonly attempts: number;
}

/** Of a message that was put aside and sent again: its id when it was first put aside. */
const REPLAY_OF = "replayOf";

/** In UTF-16 units: properties travel beside the payload, and take of its room. */
const LONGEST_REASON = 1_000;
const SHORT_REASON = 100;

/** What is added to a message's own properties when it is put aside. */
const ADDED: ReadonlySet<string> = new Set([
  "code",
  "reason",
  "attempts",
  "originTopic",
  "originId",
  "originKey",
  "leftOutBytes",
]);

/** Before the name of a property of the message's own that is called like one that is added, or begins like this. */
const OWN = "own:";

/** The message that goes to a topic's dead letters in place of one that can never be processed. */
export function deadLetterOf(message: IncomingMessage, cause: DeadLetterCause): OutgoingMessage {
  const { id, topic, key, payload, properties } = message;
  const own = Object.entries(properties).map(([name, value]) => [isTaken(name) ? OWN + name : name, value]);
  return {
    topic: deadLetterTopic(topic),
    ...(key === undefined ? {} : { key }),
    payload,
    properties: {
      ...Object.fromEntries(own),
      code: cut(cause.code, SHORT_REASON),
      reason: cut(cause.reason, LONGEST_REASON),
      attempts: String(cause.attempts),
      originTopic: topic,
      originId: id,
      ...(key === undefined ? {} : { originKey: key }),
    },
  };
}

/**
 * Letters for one message, each smaller than the one before, for brokers that refuse it: the whole message; with a
 * short reason; and without its payload and its own properties, as a reference to where it stands in its topic, at last
 * without its key.
 */
export function* deadLettersOf(message: IncomingMessage, cause: DeadLetterCause): Generator<OutgoingMessage> {
  yield deadLetterOf(message, cause);
  const short = { ...cause, reason: cut(cause.reason, SHORT_REASON) };
  yield deadLetterOf(message, short);
  const { key: _key, ...keyless } = message;
  yield referenceOf(message, cause);
  yield referenceOf({ ...keyless }, short);
}

/** Tells that a letter stands for a message that was too large for one; its payload says where that is. */
export function isReference({ properties }: Pick<IncomingMessage, "properties">): boolean {
  return properties["leftOutBytes"] !== undefined;
}

function referenceOf(message: IncomingMessage, cause: DeadLetterCause): OutgoingMessage {
  const { id, topic, payload, properties } = message;
  const first = properties[REPLAY_OF];
  const leftOutBytes = Buffer.byteLength(payload);
  const own = first === undefined ? {} : { [REPLAY_OF]: first };
  const reference = JSON.stringify({ leftOut: { topic, id, bytes: leftOutBytes } });
  const letter = deadLetterOf({ ...message, payload: reference, properties: own }, cause);
  return { ...letter, properties: { ...letter.properties, leftOutBytes: String(leftOutBytes) } };
}

/** The beginning of a text, well formed whatever is cut in two. */
function cut(text: string, longest: number): string {
  const isSplit = /[\uD800-\uDBFF]/.test(text.charAt(longest - 1));
  return text.slice(0, isSplit ? longest - 1 : longest).toWellFormed();
}

/** The message that was put aside, as it goes back to its topic; its own properties are those that it had. */
export function revived({ id, key, payload, properties }: IncomingMessage, topic: string): OutgoingMessage {
  const own = Object.entries(properties)
    .filter(([name]) => !ADDED.has(name))
    .map(([name, value]) => [name.startsWith(OWN) ? name.slice(OWN.length) : name, value]);
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

function isTaken(name: string): boolean {
  return ADDED.has(name) || name.startsWith(OWN);
}
