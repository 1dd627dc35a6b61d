import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import type { KinesisStreamRecord } from "aws-lambda";
import { describe, expect, test } from "vitest";
import { MemoryFunctionInvoker } from "../../lib/adapters/memory/function-invoker.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { Bridge } from "../../lib/bridge/bridge.ts";
import type { StreamRecord } from "../../lib/bridge/dispatch/stream-request.ts";
import { Random } from "../../lib/core/values/random.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

interface StreamEvent {
  readonly Records: readonly StreamRecord[];
}
type Answer = { readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] } | undefined;

const textOf = ({ kinesis }: StreamRecord): string => Buffer.from(kinesis.data, "base64").toString();
const failed = (records: readonly StreamRecord[]): Answer => ({
  batchItemFailures: records.map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })),
});

/** The payloads among the dead letters. */
async function lettersIn(
  broker: MemoryBroker,
  letters: { receive(): Promise<{ readonly payload: string } | undefined> },
): Promise<readonly string[]> {
  await broker.publish({ topic: "dlq:orders", payload: "the end" });
  const found: string[] = [];
  for (;;) {
    const letter = await letters.receive();
    if (letter === undefined || letter.payload === "the end") return found;
    found.push(letter.payload);
  }
}

/** A topic of the user's own and a handler behind it. */
async function startStream(
  handler: (event: StreamEvent) => Answer | Promise<Answer>,
  route: { readonly type?: "key_shared" | "shared" | "failover"; readonly maxAttempts?: number } = {},
) {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const bridge = new Bridge({
    broker,
    clock,
    invoker: new MemoryFunctionInvoker({ handlers: { orders: handler as never }, clock }),
    random: () => 0.5,
    options: {
      routes: [
        {
          topic: "orders",
          subscription: "shipping",
          type: "key_shared",
          handler: "stream",
          functionName: "orders",
          timeoutMs: 10_000,
          batchSize: 50,
          ...route,
        },
      ],
    },
  });
  await bridge.start();
  const letters = await broker.subscribe({
    topic: "dlq:orders",
    subscription: "infinitic",
    type: "shared",
    prefetch: 100,
  });
  const settle = async (): Promise<void> => {
    await clock.advance(0);
    while (!bridge.isIdle) await clock.advance(Math.max(1, (clock.nextDueAt ?? 0) - clock.now()));
  };
  return { broker, bridge, clock, letters, settle };
}

describe("a handler of the user's own", () => {
  test("gets messages as records of a stream event", async () => {
    const events: StreamEvent[] = [];
    const { broker, clock, settle } = await startStream((event) => void events.push(event));
    const properties = { shop: "7" };
    const id = await broker.publish({ topic: "orders", key: "k", payload: "päckchen", properties });
    await settle();
    expect(events).toEqual([
      {
        Records: [
          {
            eventSource: "pulsar",
            eventName: "pulsar:record",
            eventVersion: "1.0",
            eventID: id,
            eventSourceARN: "orders",
            kinesis: {
              kinesisSchemaVersion: "1.0",
              partitionKey: "k",
              sequenceNumber: id,
              data: Buffer.from("päckchen").toString("base64"),
              approximateArrivalTimestamp: clock.now() / 1_000,
            },
            properties,
          },
        ],
      },
    ]);
  });

  test("sees each key in order, though many of its batches fail in part, and poison goes aside", async () => {
    const KEYS = 100;
    const EACH = 100;
    const random = new Random("failures");
    const seen = new Map<string, string[]>();
    const handle = ({ Records }: StreamEvent): Answer => {
      if (random.next() < 0.02) throw new Error("the sandbox died");
      const stopped = new Set<string>();
      const failures: StreamRecord[] = [];
      for (const record of Records) {
        const { partitionKey: key } = record.kinesis;
        const text = textOf(record);
        if (stopped.has(key)) continue;
        if (text.endsWith("poison") || random.next() < 0.05) {
          failures.push(record);
          stopped.add(key);
        } else seen.set(key, [...(seen.get(key) ?? []), text]);
      }
      return failed(failures);
    };
    const { broker, letters, settle } = await startStream(handle, { maxAttempts: 8 });
    for (let nth = 0; nth < EACH; nth++) {
      for (let key = 0; key < KEYS; key++) {
        const payload = nth === 50 && key < 3 ? `${nth} poison` : `${nth}`;
        await broker.publish({ topic: "orders", key: `k${key}`, payload });
      }
    }
    await settle();
    const all = Array.from({ length: EACH }, (_, nth) => `${nth}`);
    for (let key = 0; key < KEYS; key++) {
      const expected = key < 3 ? all.filter((text) => text !== "50") : all;
      // A sandbox that died had perhaps begun: what it did is done again, in order.
      expect([...new Set(seen.get(`k${key}`))]).toEqual(expected);
    }
    for (let nth = 0; nth < 3; nth++) {
      const letter = await letters.receive();
      expect(letter?.payload).toBe("50 poison");
      expect(letter?.properties).toMatchObject({
        code: "ATTEMPTS_EXHAUSTED",
        attempts: "8",
        originTopic: "orders",
      });
    }
  });

  test("that dies on one message loses that to the dead letters, with the reason, and no other", async () => {
    const done: string[] = [];
    const { broker, letters, settle } = await startStream(
      ({ Records }) => {
        if (Records.some((record) => textOf(record) === "deadly")) throw new RangeError("boom");
        done.push(...Records.map(textOf));
      },
      { maxAttempts: 3 },
    );
    for (const payload of ["one", "deadly", "two"])
      await broker.publish({ topic: "orders", key: "k", payload });
    await settle();
    expect(done).toEqual(["one", "two"]);
    expect((await letters.receive())?.properties).toMatchObject({
      reason: "RangeError: boom",
      attempts: "3",
    });
  });

  test("that answers something else is taken to have failed", async () => {
    const { broker, letters, settle } = await startStream(() => ({ batchItemFailures: "all" }) as never, {
      maxAttempts: 2,
    });
    await broker.publish({ topic: "orders", key: "k", payload: "one" });
    await settle();
    expect((await letters.receive())?.properties["reason"]).toContain("expected a reply of the protocol");
  });

  const IDENTIFIED = { itemIdentifier: "none of these" };
  test.each<[string, unknown]>([
    ["null", null],
    ["nothing", undefined],
    ["an empty object", {}],
    ["something else than failures", { statusCode: 200 }],
    ["failures that are null", { batchItemFailures: null }],
    ["failures that are undefined", { batchItemFailures: undefined }],
    ["failures that are none", { batchItemFailures: [] }],
  ])("EDG-89 that answers %s has processed all of its batch", async (_title, answer) => {
    const { broker, letters, settle } = await startStream(() => answer as never, { maxAttempts: 1 });
    for (const payload of ["one", "two"]) await broker.publish({ topic: "orders", key: "k", payload });
    await settle();
    expect(await lettersIn(broker, letters)).toEqual([]);
  });

  test.each<[string, unknown]>([
    ["a failure without an identifier", { batchItemFailures: [{}] }],
    ["a failure by another name", { batchItemFailures: [{ itemidentifier: "1" }] }],
    ["an identifier that is null", { batchItemFailures: [{ itemIdentifier: null }] }],
    ["an identifier that is empty", { batchItemFailures: [{ itemIdentifier: "" }] }],
    ["an identifier that is a number", { batchItemFailures: [{ itemIdentifier: 1 }] }],
    ["a failure that is null", { batchItemFailures: [null] }],
    ["an unknown identifier", { batchItemFailures: [IDENTIFIED] }],
    ["failures that are no list", { batchItemFailures: IDENTIFIED }],
    ["a text", "done"],
    ["a list", []],
    ["false", false],
  ])("EDG-89 that answers %s has processed nothing of its batch", async (_title, answer) => {
    const { broker, letters, settle } = await startStream(() => answer as never, { maxAttempts: 1 });
    for (const payload of ["one", "two"]) await broker.publish({ topic: "orders", key: "k", payload });
    await settle();
    expect(await lettersIn(broker, letters)).toEqual(["one", "two"]);
  });

  test("EDG-89 whose failure has more beside its identifier fails there alone", async () => {
    const { broker, letters, settle } = await startStream(
      ({ Records }) =>
        ({
          batchItemFailures: Records.filter((record) => textOf(record) === "bad").map(({ eventID }) => ({
            itemIdentifier: eventID,
            reason: 7,
          })),
        }) as never,
      { maxAttempts: 1 },
    );
    for (const payload of ["one", "bad", "two"]) await broker.publish({ topic: "orders", key: "k", payload });
    await settle();
    expect(await lettersIn(broker, letters)).toEqual(["bad"]);
  });

  test("of a failover subscription sees the whole topic in order", async () => {
    const seen: string[] = [];
    let calls = 0;
    const { broker, settle } = await startStream(
      ({ Records }) => {
        if (calls++ % 2 === 0) return failed(Records.slice(1));
        seen.push(...Records.map(textOf));
        return undefined;
      },
      { type: "failover" },
    );
    for (let nth = 0; nth < 20; nth++)
      await broker.publish({ topic: "orders", key: `k${nth % 3}`, payload: `${nth}` });
    await settle();
    expect(seen).toEqual(seen.toSorted((a, b) => Number(a) - Number(b)));
    expect(seen.at(-1)).toBe("19");
  });

  test("that is made of Powertools' batch processor has its failures tried again, and its poison set aside", async () => {
    const done = new Map<string, number>();
    const tried = new Map<string, number>();
    const processor = new BatchProcessor(EventType.KinesisDataStreams);
    const handle = async ({ kinesis }: KinesisStreamRecord): Promise<void> => {
      const text = Buffer.from(kinesis.data, "base64").toString();
      tried.set(text, (tried.get(text) ?? 0) + 1);
      if (text === "poison" || (text.startsWith("late") && tried.get(text) === 1)) throw new Error("not now");
      done.set(text, (done.get(text) ?? 0) + 1);
    };
    const { broker, letters, settle } = await startStream(
      // Records are Kinesis's, but for what names their origin.
      (event) => processPartialResponse(event as never, handle as never, processor, { context: {} as never }),
      { maxAttempts: 3 },
    );
    const texts = Array.from({ length: 40 }, (_, nth) => `${nth % 4 === 0 ? "late" : "on time"} ${nth}`);
    for (const [nth, payload] of texts.entries())
      await broker.publish({ topic: "orders", key: `k${nth % 5}`, payload });
    await broker.publish({ topic: "orders", key: "k0", payload: "poison" });
    await settle();
    expect([...done.keys()].toSorted()).toEqual(texts.toSorted());
    for (const text of texts.filter((one) => one.startsWith("late"))) expect(done.get(text)).toBe(1);
    const letter = await letters.receive();
    expect(letter).toMatchObject({ payload: "poison", properties: { attempts: "3" } });
  });
});
