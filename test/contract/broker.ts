import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Broker, Consumer, IncomingMessage, SubscriptionType } from "../../lib/ports/broker.ts";
import { payloadsOf, Reader, take, until } from "./broker-reader.ts";

/** A broker and its clients. */
export interface BrokerSubject {
  /** Returns a client; all are of the same broker. */
  connect(): Broker;
  /** Ends a consumer's connection as a cut wire would; the consumer makes another by itself. */
  cut(consumer: Consumer): void;
  /** Keys and properties are the client's C strings, which U+0000 ends. */
  readonly endsTextAtNul?: boolean;
  stop(): Promise<void>;
}

/** Above what a slow machine needs. */
const START_MS = 60_000;

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => String(from + index));

/**
 * Specifies {@link Broker} for one adapter.
 *
 * @param start called for each test
 */
export function brokerContract(name: string, start: () => Promise<BrokerSubject>): void {
  describe(`broker: ${name}`, () => {
    let subject: BrokerSubject;
    let broker: Broker;
    let topic: string;
    beforeEach(async () => {
      subject = await start();
      broker = subject.connect();
      topic = `contract:${randomUUID()}`;
    }, START_MS);
    afterEach(() => subject.stop());

    const subscribe = (type: SubscriptionType, prefetch = 100, client = broker): Promise<Consumer> =>
      client.subscribe({ topic, subscription: "infinitic", type, prefetch });
    const publish = (payloads: readonly string[], key = "k"): Promise<string[]> =>
      Promise.all(payloads.map((payload) => broker.publish({ topic, key, payload })));

    describe("publishing", () => {
      test("gives each message a receipt, whose id the message arrives with", async () => {
        const consumer = await subscribe("key_shared");
        const ids = await publish(numbers(0, 10));
        expect(new Set(ids).size).toBe(10);
        const messages = await take(consumer, 10);
        expect(messages.map(({ id }) => id)).toEqual(ids);
      });

      test("keeps topic, key, properties, payload and time as they were", async () => {
        const consumer = await subscribe("key_shared");
        const nul = subject.endsTextAtNul === true ? "" : "\0";
        const text = `“žluťoučký” 🦆 \u2028 ${nul} \\ " \n\t 漢字`;
        const before = Date.now();
        await broker.publish({ topic, key: text, payload: text, properties: { plain: "p", [text]: text } });
        const after = Date.now();
        const [message] = await take(consumer, 1);
        expect(message).toMatchObject({ topic, key: text, payload: text });
        expect(message?.properties).toEqual({ plain: "p", [text]: text });
        expect(message?.publishedAt).toBeGreaterThanOrEqual(before);
        expect(message?.publishedAt).toBeLessThanOrEqual(after);
      });

      test("invents no key, no property and no payload", async () => {
        const consumer = await subscribe("shared");
        await broker.publish({ topic, payload: "" });
        const [message] = await take(consumer, 1);
        expect(message).toMatchObject({ payload: "", properties: {} });
        expect(message?.key).toBeUndefined();
      });

      test("takes 700 KB of UTF-8, and sends nothing of what is larger", async () => {
        const consumer = await subscribe("key_shared");
        const largest = "ž".repeat(350_000);
        const tooLarge = broker.publish({ topic, key: "k", payload: `${largest}.` });
        await expect(tooLarge).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE" });
        await broker.publish({ topic, key: "k", payload: largest });
        const [message] = await take(consumer, 1);
        expect(message?.payload === largest).toBe(true);
      });

      test("EDG-11 takes 1 MiB of key, properties and base64, and sends nothing of what is larger", async () => {
        const consumer = await subscribe("key_shared");
        const payload = "x".repeat(700_000);
        const message = { topic, key: "k".repeat(10_000), payload };
        const wide = (count: number) => Object.fromEntries([["wide", "ž".repeat(count)]]);
        const tooLarge = broker.publish({ ...message, properties: wide(52_600) });
        await expect(tooLarge).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE" });
        const keyTooLarge = broker.publish({ topic, key: "k".repeat(1_050_000), payload: "" });
        await expect(keyTooLarge).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE" });
        await broker.publish({ ...message, properties: wide(52_450) });
        const [received] = await take(consumer, 1);
        expect(received?.payload === payload).toBe(true);
        expect(received?.properties["wide"]?.length).toBe(52_450);
      });

      test("keeps what was published before any consumer ever connected", async () => {
        const subscription = { topic, subscription: "infinitic", type: "key_shared" } as const;
        await broker.ensureSubscription(subscription);
        await publish(numbers(0, 20));
        await broker.ensureSubscription(subscription);
        const consumer = await subscribe("key_shared");
        expect(payloadsOf(await take(consumer, 20))).toEqual(numbers(0, 20));
      });

      test("is refused once the client is closed", async () => {
        await publish(["before"]);
        await broker.close();
        await expect(publish(["after"])).rejects.toMatchObject({ code: "BROKER_CLOSED" });
        await expect(subscribe("shared")).rejects.toMatchObject({ code: "BROKER_CLOSED" });
      });
    });

    test("a failover subscription gives all to one of two consumers, in order, and then to the other", async () => {
      const first = await subscribe("failover");
      const second = await subscribe("failover", 100, subject.connect());
      const readers = [new Reader(first), new Reader(second)];
      const seen = () => readers.flatMap(({ payloads }) => payloads);
      for (const payload of numbers(0, 20)) await broker.publish({ topic, key: payload, payload });
      await until(() => seen().length >= 20);
      const [active, idle] = readers[0]?.payloads.length ? [first, readers[1]] : [second, readers[0]];
      expect(idle?.payloads).toEqual([]);
      expect(seen()).toEqual(numbers(0, 20));
      await active.close();
      // What Pulsar 4.2 sends to a consumer that is just leaving waits for the next message (apache/pulsar#26174).
      await until(async () => {
        await publish(["probe"], "probe");
        return idle?.payloads.includes("probe") ?? false;
      });
      // An acknowledgement may have been lost with the connection: what came again is no news.
      const known = new Set([...seen(), "probe"]);
      const taken = () => [...new Set(idle?.payloads)].filter((payload) => !known.has(payload));
      for (const payload of numbers(20, 40)) await broker.publish({ topic, key: payload, payload });
      await until(() => taken().length >= 20);
      expect(taken()).toEqual(numbers(20, 40));
    });

    describe("a key-shared subscription", () => {
      test("keeps the order of 10,000 messages of 100 keys, each key at one of two consumers", async () => {
        const readers = [
          new Reader(await subscribe("key_shared")),
          new Reader(await subscribe("key_shared", 100, subject.connect())),
        ];
        const keys = numbers(0, 100);
        const payloads = numbers(0, 100);
        await Promise.all(
          payloads.flatMap((payload) => keys.map((key) => broker.publish({ topic, key, payload }))),
        );
        await until(() => readers.reduce((sum, { messages }) => sum + messages.length, 0) >= 10_000);
        const [first, second] = readers.map((reader) => reader.payloadsByKey);
        for (const key of keys) {
          const owned = [first?.get(key), second?.get(key)].filter((found) => found !== undefined);
          expect(owned).toEqual([payloads]);
        }
        expect(first?.size).toBeGreaterThan(0);
        expect(second?.size).toBeGreaterThan(0);
      });

      test("hands a closed consumer's keys over in order, without what it acknowledged", async () => {
        const first = await subscribe("key_shared");
        await publish(numbers(0, 10));
        const held = await take(first, 5);
        for (const message of held.slice(0, 2)) first.acknowledge(message);
        const second = new Reader(await subscribe("key_shared"));
        await publish(numbers(10, 20));
        expect(second.payloads).toEqual([]);
        await first.close();
        await until(() => second.messages.length >= 18);
        expect(second.payloads).toEqual(numbers(2, 20));
      });

      test("hands the keys of a died connection over in order", async () => {
        const first = await subscribe("key_shared");
        await publish(numbers(0, 10));
        const [message] = await take(first, 1);
        const arrived: IncomingMessage[] = [];
        new Reader(await subscribe("key_shared"), arrived);
        subject.cut(first);
        await until(() => message !== undefined && !first.isCurrent(message));
        await publish(numbers(10, 20));
        new Reader(first, arrived);
        await until(() => new Set(payloadsOf(arrived)).size >= 20);
        // Whichever of them owns the key now, or has first owned it: none sees a message before an earlier one.
        expect([...new Set(payloadsOf(arrived))]).toEqual(numbers(0, 20));
      });
    });

    describe("acknowledging", () => {
      test("keeps messages away for good, also from a later consumer", async () => {
        const first = await subscribe("key_shared");
        await publish(numbers(0, 10));
        for (const message of await take(first, 10)) first.acknowledge(message);
        await first.close();
        const second = await subscribe("key_shared");
        await publish(["next"]);
        expect(payloadsOf(await take(second, 1))).toEqual(["next"]);
      });

      test("is what alone keeps them away: the rest arrives again, with the same ids", async () => {
        const first = await subscribe("shared");
        await publish(numbers(0, 4));
        const messages = await take(first, 4);
        for (const message of messages) if (Number(message.payload) % 2 === 0) first.acknowledge(message);
        await first.close();
        const second = await subscribe("shared");
        const again = await take(second, 2);
        const odd = messages.filter(({ payload }) => Number(payload) % 2 === 1);
        expect(again.map(({ id }) => id).sort()).toEqual(odd.map(({ id }) => id).sort());
      });

      test("has no effect for a message that a lost connection had brought", async () => {
        const consumer = await subscribe("key_shared");
        await publish(["only"]);
        const [lost] = await take(consumer, 1);
        subject.cut(consumer);
        await until(() => lost !== undefined && !consumer.isCurrent(lost));
        if (lost !== undefined) consumer.acknowledge(lost);
        const [again] = await take(consumer, 1);
        expect(again?.id).toBe(lost?.id);
        expect(again !== undefined && consumer.isCurrent(again)).toBe(true);
      });
    });

    describe("receiving", () => {
      test("resolves with undefined once the consumer is closed", async () => {
        const consumer = await subscribe("shared");
        const waiting = consumer.receive();
        await consumer.close();
        expect(await waiting).toBeUndefined();
        expect(await consumer.receive()).toBeUndefined();
      });

      test("resolves with undefined once the client is closed", async () => {
        const consumer = await subscribe("shared");
        const waiting = consumer.receive();
        await broker.close();
        expect(await waiting).toBeUndefined();
      });

      test("is what makes room: who does not receive holds about its prefetch, others get the rest", async () => {
        const idle = await subscribe("shared", 10);
        const busy = new Reader(await subscribe("shared", 10));
        await publish(numbers(0, 100));
        await until(() => busy.messages.length >= 85);
        await idle.close();
        await until(() => new Set(busy.payloads).size === 100);
        expect(busy.messages).toHaveLength(100);
      });

      test("goes on with a prefetch of one", async () => {
        const reader = new Reader(await subscribe("key_shared", 1));
        await publish(numbers(0, 50));
        await until(() => reader.messages.length >= 50);
        expect(reader.payloads).toEqual(numbers(0, 50));
      });
    });

    describe("delayed delivery", () => {
      test("brings a message at its instant and not before; others overtake it", async () => {
        const consumer = await subscribe("shared");
        const deliverAt = Date.now() + 1_500;
        await broker.publish({ topic, payload: "later", deliverAt });
        await broker.publish({ topic, payload: "now" });
        const arrivals: { readonly payload: string | undefined; readonly at: number }[] = [];
        for (let count = 0; count < 2; count += 1) {
          const message = await consumer.receive();
          arrivals.push({ payload: message?.payload, at: Date.now() });
        }
        expect(arrivals.map(({ payload }) => payload)).toEqual(["now", "later"]);
        expect(arrivals[0]?.at).toBeLessThan(deliverAt);
        expect(arrivals[1]?.at).toBeGreaterThanOrEqual(deliverAt);
      });

      test("brings a message at once when its instant has passed", async () => {
        const consumer = await subscribe("shared");
        await broker.publish({ topic, payload: "late", deliverAt: Date.now() - 1_000 });
        expect(payloadsOf(await take(consumer, 1))).toEqual(["late"]);
      });

      test("outlives the consumer: the next one is brought the message", async () => {
        const first = await subscribe("shared");
        await broker.publish({ topic, payload: "later", deliverAt: Date.now() + 1_000 });
        await first.close();
        const second = await subscribe("shared");
        expect(payloadsOf(await take(second, 1))).toEqual(["later"]);
      });
    });
  });
}
