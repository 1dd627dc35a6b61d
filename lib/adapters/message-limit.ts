import { InfiniticError } from "../core/values/errors.ts";
import type { OutgoingMessage } from "../ports/broker.ts";

/** In UTF-8 bytes. */
const MAX_PAYLOAD_BYTES = 700_000;

/** Of Pulsar's WebSocket frames: JSON, in which base64 makes four bytes of three. */
const MAX_FRAME_BYTES = 1024 * 1024;

/** What a frame takes beside payload, key and properties: an upper bound. */
const ENVELOPE_BYTES = 200;

/** A key that needs no counting. */
const SHORT_KEY = 1_000;

/**
 * Refuses a message that not every broker adapter takes: for its payload, or for payload, key and properties together.
 *
 * @throws InfiniticError `MESSAGE_TOO_LARGE`
 */
export function assertMessageFits({ topic, key = "", payload, properties }: OutgoingMessage): void {
  // A UTF-16 unit is at most three bytes of UTF-8: short payloads need no counting.
  const isShort = payload.length * 3 <= MAX_PAYLOAD_BYTES;
  if (isShort && properties === undefined && key.length <= SHORT_KEY) return;
  const payloadBytes = Buffer.byteLength(payload);
  if (payloadBytes > MAX_PAYLOAD_BYTES)
    throw tooLarge(`a payload of at most ${MAX_PAYLOAD_BYTES} bytes for topic ${topic}`, payloadBytes);
  const besideBytes = ENVELOPE_BYTES + jsonBytes(key) + jsonBytes(properties ?? {});
  const most = MAX_FRAME_BYTES - 4 * Math.ceil(payloadBytes / 3);
  if (besideBytes > most)
    throw tooLarge(`a key and properties of at most ${most} bytes beside it for topic ${topic}`, besideBytes);
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function tooLarge(expected: string, got: number): InfiniticError {
  return new InfiniticError("MESSAGE_TOO_LARGE", `Expected ${expected}, got ${got}`);
}
