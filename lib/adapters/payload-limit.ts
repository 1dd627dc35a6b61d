import { InfiniticError } from "../core/errors.ts";
import type { OutgoingMessage } from "../ports/broker.ts";

/** In UTF-8 bytes. Pulsar's WebSocket frames end at 1 MiB of JSON, and base64 makes four bytes of three. */
const MAX_PAYLOAD_BYTES = 700_000;

/**
 * Refuses a payload that no broker adapter takes.
 *
 * @throws InfiniticError `MESSAGE_TOO_LARGE`
 */
export function assertPayloadFits({ topic, payload }: OutgoingMessage): void {
  // A UTF-16 unit is at most three bytes of UTF-8: short payloads need no counting.
  if (payload.length * 3 <= MAX_PAYLOAD_BYTES) return;
  const bytes = Buffer.byteLength(payload);
  if (bytes <= MAX_PAYLOAD_BYTES) return;
  throw new InfiniticError(
    "MESSAGE_TOO_LARGE",
    `Expected a payload of at most ${MAX_PAYLOAD_BYTES} bytes for topic ${topic}, got ${bytes}`,
  );
}
