import { expect, vi } from "vitest";
import type { Consumer, IncomingMessage } from "../../lib/ports/broker.ts";

/** Above anything that a slow machine needs; only a message that never comes takes this long. */
const PATIENCE = { timeout: 40_000, interval: 10 };

/** Waits for a condition. */
export const until = (condition: () => boolean | Promise<boolean>): Promise<void> =>
  vi.waitFor(async () => expect(await condition()).toBe(true), PATIENCE);

/** Receives a number of messages, without acknowledging them. */
export async function take(consumer: Consumer, count: number): Promise<IncomingMessage[]> {
  const messages: IncomingMessage[] = [];
  while (messages.length < count) {
    const message = await consumer.receive();
    if (message === undefined) break;
    messages.push(message);
  }
  return messages;
}

export const payloadsOf = (messages: readonly IncomingMessage[]): string[] =>
  messages.map(({ payload }) => payload);

/** Receives, and acknowledges, whatever comes for as long as the consumer is open. */
export class Reader {
  readonly messages: IncomingMessage[];
  readonly #consumer: Consumer;

  /** @param messages what it adds to: those of several readers, in their order of arrival */
  constructor(consumer: Consumer, messages: IncomingMessage[] = []) {
    this.#consumer = consumer;
    this.messages = messages;
    void this.#read();
  }

  /** In order of arrival. */
  get payloads(): string[] {
    return payloadsOf(this.messages);
  }

  /** In order of arrival, by key. */
  get payloadsByKey(): ReadonlyMap<string, string[]> {
    const byKey = new Map<string, string[]>();
    for (const { key = "", payload } of this.messages) {
      const payloads = byKey.get(key);
      if (payloads === undefined) byKey.set(key, [payload]);
      else payloads.push(payload);
    }
    return byKey;
  }

  async #read(): Promise<void> {
    for (;;) {
      const message = await this.#consumer.receive();
      if (message === undefined) return;
      this.messages.push(message);
      this.#consumer.acknowledge(message);
    }
  }
}
