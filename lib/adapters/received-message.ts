import type { IncomingMessage } from "../ports/broker.ts";

/** A message that knows which connection brought it. A copy of it knows no longer. */
export class ReceivedMessage implements IncomingMessage {
  readonly id: string;
  readonly topic: string;
  declare readonly key?: string;
  readonly payload: string;
  readonly properties: { readonly [name: string]: string };
  readonly publishedAt: number;
  readonly #connection: object;

  constructor(message: IncomingMessage, connection: object) {
    this.id = message.id;
    this.topic = message.topic;
    if (message.key !== undefined) this.key = message.key;
    this.payload = message.payload;
    this.properties = message.properties;
    this.publishedAt = message.publishedAt;
    this.#connection = connection;
  }

  static isFrom(message: IncomingMessage, connection: object | undefined): boolean {
    return #connection in message && message.#connection === connection;
  }
}
