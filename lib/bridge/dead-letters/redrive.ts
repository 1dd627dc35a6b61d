import { deadLetterTopic, SUBSCRIPTION } from "../../core/protocol/topics.ts";
import { hasCode } from "../../core/values/errors.ts";
import type { Broker, Consumer, IncomingMessage, OutgoingMessage } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import { firstIdOf, isReference, revived } from "./dead-letter.ts";

/** What became of one dead letter. */
export interface Letter {
  /** The broker's id of the message when it was put aside. */
  readonly id: string;
  readonly topic: string;
  readonly key: string | undefined;
  readonly code: string;
  readonly reason: string;
  readonly attempts: string;
  readonly bytes: number;
  /** False for one that stays where it is: it is too large to be sent back, or a reference to a message that was. */
  readonly isWhole: boolean;
}

export interface RedriveOptions {
  readonly broker: Broker;
  readonly clock: Clock;
  /** Whose dead letters go back to it. */
  readonly topic: string;
  /** The id of the only message that is meant. */
  readonly id?: string | undefined;
  /** Tells what there is, and moves nothing. */
  readonly isDryRun: boolean;
  /** How long nothing must come until all was seen. */
  readonly idleMs: number;
  readonly onLetter: (letter: Letter) => void;
}

/** Most letters that wait on this side, unseen. */
const PREFETCH = 100;

/**
 * Sends a topic's dead letters back to it: each is acknowledged only after its receipt, so that none is lost, whatever
 * happens meanwhile. One that is then sent twice has its effect once, as far as its handler heeds ids: messages of this
 * system have theirs in them, and triggers go by the id that a message had first. One that is put aside anew stays, and
 * so does one that is too large to be sent back, or stands for a message that was too large for a letter.
 *
 * @returns how many letters were sent back, or would have been
 */
export async function redrive(options: RedriveOptions): Promise<number> {
  const { broker, topic, id, isDryRun, onLetter } = options;
  const consumer = await broker.subscribe({
    topic: deadLetterTopic(topic),
    subscription: SUBSCRIPTION,
    type: "shared",
    prefetch: PREFETCH,
  });
  const revivedIds = new Set<string>();
  const firstIds = new Set<string>();
  try {
    for (;;) {
      const message = await nextOf(consumer, options);
      if (message === undefined) return revivedIds.size;
      const letter = letterOf(message, topic);
      if (id !== undefined && id !== letter.id) continue;
      const isPutAsideTwice = revivedIds.has(letter.id);
      if (!isPutAsideTwice) {
        // Ids of the topic; those of its dead letters may be the same.
        const firstId = firstIdOf({ ...message, id: letter.id });
        // Sent back by this very call, and here again.
        if (firstIds.has(firstId)) continue;
        const isWhole = letter.isWhole && (isDryRun || (await isTaken(broker, revived(message, topic))));
        onLetter({ ...letter, isWhole });
        if (!isWhole) continue;
        revivedIds.add(letter.id);
        firstIds.add(firstId);
      }
      if (!isDryRun) consumer.acknowledge(message);
    }
  } finally {
    await consumer.close();
  }
}

/** Publishes a message; false when it is too large now that it tells which one it was. */
async function isTaken(broker: Broker, message: OutgoingMessage): Promise<boolean> {
  try {
    await broker.publish(message);
    return true;
  } catch (error) {
    if (hasCode(error, "MESSAGE_TOO_LARGE")) return false;
    throw error;
  }
}

/** The next message, or undefined when none has come for so long that there is none. */
async function nextOf(
  consumer: Consumer,
  { clock, idleMs }: RedriveOptions,
): Promise<IncomingMessage | undefined> {
  const arrived = new AbortController();
  const idle = clock.sleep(idleMs, arrived.signal).catch(() => undefined);
  const message = await Promise.race([consumer.receive(), idle]);
  arrived.abort();
  return message ?? undefined;
}

function letterOf({ id, key, payload, properties }: IncomingMessage, topic: string): Letter {
  const { code = "", reason = "", attempts = "", originId = id } = properties;
  const { leftOutBytes = Buffer.byteLength(payload) } = properties;
  const isWhole = !isReference({ properties });
  return { id: originId, topic, key, code, reason, attempts, bytes: Number(leftOutBytes), isWhole };
}
