import type { OutgoingMessage } from "../../ports/broker.ts";

/** A stored message. */
export interface Entry {
  /** Position in the topic. */
  readonly position: number;
  readonly message: OutgoingMessage;
  /** Epoch milliseconds. */
  readonly publishedAt: number;
}
