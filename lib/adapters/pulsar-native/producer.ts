import type { Client, MessageId, Producer, ProducerConfig, ProducerMessage } from "pulsar-client";
import type { OutgoingMessage } from "../../ports/broker.ts";
import type { Reconnect } from "../reconnect.ts";
import { clientError } from "./client-error.ts";

/** Above what a caller has in flight: a full queue refuses messages, and one that waits would block the process. */
const MAX_PENDING = 1_000_000;
/** After so long without a receipt a message is refused, so that its caller can say that it waits. */
const SEND_TIMEOUT_MS = 30_000;

/** What the producers of all topics have in common. */
const PRODUCER = {
  // A batch of many keys would go to one consumer of a key-shared subscription.
  batchingEnabled: false,
  chunkingEnabled: false,
  maxPendingMessages: MAX_PENDING,
  maxPendingMessagesAcrossPartitions: MAX_PENDING,
  blockIfQueueFull: false,
  sendTimeoutMs: SEND_TIMEOUT_MS,
  // As Pulsar's WebSocket API: a key has one partition, whoever publishes. By its own default it would have another.
  messageRoutingMode: "UseSinglePartition",
  hashingScheme: "JavaStringHash",
} as const satisfies Partial<ProducerConfig>;

/**
 * Publishes to one topic; opened at the first publish, and opened anew after one that failed.
 *
 * Publishes are sent in the order of their calls.
 */
export class NativeProducer {
  readonly #topic: string;
  readonly #client: Client;
  readonly #reconnect: Reconnect;
  #opened: Promise<Producer> | undefined;

  /** @param topic its full name */
  constructor(topic: string, client: Client, reconnect: Reconnect) {
    this.#topic = topic;
    this.#client = client;
    this.#reconnect = reconnect;
  }

  async publish(message: OutgoingMessage): Promise<string> {
    this.#opened ??= this.#open();
    const opened = this.#opened;
    let producer: Producer | undefined;
    try {
      // Whoever waits here goes on in the order of the calls.
      producer = await opened;
      return idOf(await producer.send(producerMessage(message)));
    } catch (error) {
      if (this.#opened === opened) this.#opened = undefined;
      if (producer === undefined) throw error;
      // The broker's side of a producer whose topic was deleted, or moved, may fail for ever; a new one does not.
      producer.close().catch(() => undefined);
      throw clientError(`a receipt of topic ${message.topic}`, error);
    }
  }

  async close(): Promise<void> {
    const producer = await this.#opened?.catch(() => undefined);
    await producer?.close().catch(() => undefined);
  }

  #open(): Promise<Producer> {
    const topic = this.#topic;
    const open = async (): Promise<Producer> => {
      try {
        return await this.#client.createProducer({ topic, ...PRODUCER });
      } catch (error) {
        throw clientError(`a producer of topic ${topic}`, error);
      }
    };
    return this.#reconnect(`producer:${topic}`, open, "first");
  }
}

/** `batch_size = 0`, in protobuf. */
const NO_BATCH = Buffer.from([0x30, 0x00]);

/**
 * The id of a message as Pulsar's WebSocket API has it, so that a message keeps its id whichever adapter brings it:
 * the Java client, which serves that, says also of a message without a batch how large its batch is.
 */
export function idOf(messageId: MessageId): string {
  const bytes = messageId.serialize();
  const hasBatch = !messageId.toString().endsWith(",-1)"); // (ledger,entry,partition,index in the batch)
  return (hasBatch ? bytes : Buffer.concat([bytes, NO_BATCH])).toString("base64");
}

function producerMessage({ key, payload, properties, deliverAt }: OutgoingMessage): ProducerMessage {
  return {
    data: Buffer.from(payload),
    ...(key !== undefined && { partitionKey: key }),
    ...(properties !== undefined && { properties }),
    ...(deliverAt !== undefined && { deliverAt }),
  };
}
