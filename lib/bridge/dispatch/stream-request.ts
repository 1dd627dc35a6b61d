import type { IncomingMessage } from "../../ports/broker.ts";
import { ENVELOPE_BYTES, type RequestBuilder } from "./request.ts";

/** One message as a record of AWS's stream events, with what only Pulsar tells beside it. */
export interface StreamRecord {
  readonly eventSource: "pulsar";
  readonly eventName: "pulsar:record";
  readonly eventVersion: "1.0";
  /** The broker's message id. */
  readonly eventID: string;
  /** In the place of a stream's ARN: the topic. */
  readonly eventSourceARN: string;
  readonly kinesis: {
    readonly kinesisSchemaVersion: "1.0";
    /** The message's key; empty when it has none. */
    readonly partitionKey: string;
    /** The broker's message id: what a partial batch response names. */
    readonly sequenceNumber: string;
    /** The payload, base64. */
    readonly data: string;
    /** Epoch seconds. */
    readonly approximateArrivalTimestamp: number;
  };
  readonly properties: { readonly [name: string]: string };
}

/**
 * The JSON text of an event for a handler of the user's own, in the shape of Kinesis's: whatever processes batches of
 * streams can process it.
 */
export class StreamEventText implements RequestBuilder {
  #records = "";
  #bytes = ENVELOPE_BYTES;

  addRecord(message: IncomingMessage, maxBytes: number): boolean {
    const text = streamRecordText(message);
    const bytes = Buffer.byteLength(text) + 1;
    if (this.#records !== "" && this.#bytes + bytes > maxBytes) return false;
    this.#records += this.#records === "" ? text : `,${text}`;
    this.#bytes += bytes;
    return true;
  }

  /** Such a handler is told nothing about keys. */
  addKey(): boolean {
    return true;
  }

  toString(): string {
    return `{"Records":[${this.#records}]}`;
  }
}

/** A message as a record of such an event. */
export function streamRecordText(message: IncomingMessage): string {
  return JSON.stringify(recordOf(message));
}

function recordOf({ id, topic, key = "", payload, properties, publishedAt }: IncomingMessage): StreamRecord {
  return {
    eventSource: "pulsar",
    eventName: "pulsar:record",
    eventVersion: "1.0",
    eventID: id,
    eventSourceARN: topic,
    kinesis: {
      kinesisSchemaVersion: "1.0",
      partitionKey: key,
      sequenceNumber: id,
      data: Buffer.from(payload).toString("base64"),
      approximateArrivalTimestamp: publishedAt / 1_000,
    },
    properties,
  };
}
