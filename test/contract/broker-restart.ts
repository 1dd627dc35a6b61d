import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Broker } from "../../lib/ports/broker.ts";
import { Reader, until } from "./broker-reader.ts";

/** A broker that can be taken away and comes back with its data. */
export interface RestartableSubject {
  connect(): Broker;
  /** Takes it away, as a crash would. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Above what a real broker needs to start, twice. */
const LONGEST_MS = 240_000;

/** Specifies what {@link Broker} does while its broker is away, and afterwards. */
export function brokerRestartContract(name: string, start: () => Promise<RestartableSubject>): void {
  describe(`broker that restarts: ${name}`, () => {
    let subject: RestartableSubject;
    beforeAll(async () => {
      subject = await start();
    }, LONGEST_MS);
    afterAll(() => subject.stop(), LONGEST_MS);

    test(
      "loses nothing that has a receipt, keeps the order of keys, and everybody comes back alone",
      async () => {
        const broker = subject.connect();
        const topic = `contract:${randomUUID()}`;
        const options = { topic, subscription: "infinitic", type: "key_shared", prefetch: 20 } as const;
        const reader = new Reader(await broker.subscribe(options));
        const stored: string[] = [];
        const publish = async (from: number, to: number): Promise<void> => {
          const numbers = Array.from({ length: to - from }, (_, index) => String(from + index));
          const publishes = numbers.map(async (payload) => {
            await broker.publish({ topic, key: `k${Number(payload) % 5}`, payload });
            stored.push(payload);
          });
          await Promise.allSettled(publishes);
        };

        await publish(0, 100);
        expect(stored).toHaveLength(100);
        const inFlight = publish(100, 200);
        await subject.kill();
        const whileAway = publish(200, 300);
        await subject.restart();
        await Promise.all([inFlight, whileAway]);
        const settled = stored.length;
        await publish(300, 400);
        expect(stored).toHaveLength(settled + 100);

        await until(() => {
          const received = new Set(reader.payloads);
          return stored.every((payload) => received.has(payload));
        });
        for (const payloads of reader.payloadsByKey.values()) {
          // What was acknowledged just before may come again, but nothing comes before an earlier message.
          const first = [...new Set(payloads)].map(Number);
          expect(first).toEqual(first.toSorted((a, b) => a - b));
        }
        await broker.close();
      },
      LONGEST_MS,
    );
  });
}
