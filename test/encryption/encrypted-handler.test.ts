import { describe, expect, test } from "vitest";
import { Cipher } from "../../lib/adapters/encryption/cipher.ts";
import { encryptMessage } from "../../lib/adapters/encryption/encrypted-message.ts";
import { EncryptingBroker } from "../../lib/adapters/encryption/encrypting-broker.ts";
import { MemoryDataKeys } from "../../lib/adapters/memory/data-keys.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import type { InvocationReply, InvocationRequest } from "../../lib/core/protocol/invocation.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import { encryptedHandler } from "../../lib/lambda/encrypted-handler.ts";
import type { DataKeys } from "../../lib/ports/data-keys.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { payloadsOf, take } from "../contract/broker-reader.ts";

const clock = new ManualClock();
const dataKeys = new MemoryDataKeys({ text: "any" });
const cipher = new Cipher({ dataKeys, clock });
const topic = "workflow-engine:Booking";
const DENIED = new InfiniticError("ENCRYPTION_KEY_UNAVAILABLE", "denied");

const record = async (id: string, key: string, from = cipher) => ({
  id,
  key,
  payload: encryptMessage(await from.ready(1), { topic, key, payload: `{"says":"${id}"}` }).payload,
});

/** A handler that answers with what it was asked. */
function echo(by = cipher) {
  const asked: InvocationRequest[] = [];
  const handler = encryptedHandler(async (request: InvocationRequest): Promise<InvocationReply> => {
    asked.push(request);
    return {
      emits: request.records.map(({ id, key = "", payload }) => ({ cause: id, topic, key, payload })),
      batchItemFailures: [],
      keys: { a: { hint: { v: "1.x", state: "aGlkZGVu" } } },
    };
  }, by);
  return { asked, handler: handler as (request: InvocationRequest) => Promise<InvocationReply> };
}

const messages = (records: InvocationRequest["records"]): InvocationRequest => ({
  kind: "messages",
  records,
});

test("a handler sees messages as they were, and what it answers is encrypted for its keys", async () => {
  const { asked, handler } = echo();
  const reply = await handler(messages([await record("1", "a"), await record("2", "b")]));
  expect(asked[0]?.records.map(({ payload }) => payload)).toEqual(['{"says":"1"}', '{"says":"2"}']);
  expect(reply.emits.map(({ payload }) => JSON.parse(payload).format)).toEqual([2, 2]);
  const again = await handler(
    messages(reply.emits.map(({ cause, key = "", payload }) => ({ id: cause, key, payload }))),
  );
  expect(again.batchItemFailures).toEqual([]);
  expect(asked[1]?.records.map(({ payload }) => payload)).toEqual(['{"says":"1"}', '{"says":"2"}']);
});

test("messages from before are handed on as they are", async () => {
  const { asked, handler } = echo();
  await handler(messages([{ id: "1", key: "a", payload: '{"format":1}' }]));
  expect(asked[0]?.records[0]?.payload).toBe('{"format":1}');
});

test("a hint comes back as it was, and one that cannot be decrypted is none", async () => {
  const { asked, handler } = echo();
  const { keys } = await handler(messages([await record("1", "a")]));
  expect(keys?.["a"]?.hint).toMatchObject({ v: "1.x" });
  expect(keys?.["a"]?.hint?.state).not.toBe("aGlkZGVu");
  await handler({
    ...messages([await record("1", "a")]),
    keys: { a: keys?.["a"] ?? {}, b: keys?.["a"] ?? {} },
  });
  expect(asked[1]?.keys).toEqual({ a: { hint: { v: "1.x", state: "aGlkZGVu" } }, b: {} });
});

test("a message that was changed, or moved to another key, is parked, and the others of its key go on", async () => {
  const { asked, handler } = echo();
  const { payload } = await record("1", "a");
  const changed = payload.replace(/.{8}"}$/, 'AAAAAAA="}');
  const moved = await record("3", "b");
  const { parked, batchItemFailures } = await handler(
    messages([{ id: "1", key: "a", payload: changed }, await record("2", "a"), { ...moved, key: "a" }]),
  );
  expect(asked[0]?.records.map(({ id }) => id)).toEqual(["2"]);
  expect(batchItemFailures).toEqual([]);
  expect(parked).toMatchObject([
    { id: "1", code: "DECRYPTION_FAILED", reason: expect.stringContaining("bytes that were changed") },
    { id: "3", code: "DECRYPTION_FAILED" },
  ]);
});

describe("where a key is denied", () => {
  const other = new Cipher({ dataKeys, clock });
  const denied = (which: keyof DataKeys): Cipher =>
    new Cipher({
      clock,
      dataKeys: {
        generate: () => (which === "generate" ? Promise.reject(DENIED) : dataKeys.generate()),
        unwrap: (wrapped) => (which === "unwrap" ? Promise.reject(DENIED) : dataKeys.unwrap(wrapped)),
      },
    });

  test("to read, a message waits, and those after it of its key; other keys go on", async () => {
    const by = denied("unwrap");
    const { asked, handler } = echo(by);
    const reply = await handler(
      messages([await record("1", "a", other), await record("2", "a", by), await record("3", "b", by)]),
    );
    expect(asked[0]?.records.map(({ id }) => id)).toEqual(["3"]);
    expect(reply.batchItemFailures).toEqual([
      { itemIdentifier: "1", reason: "ENCRYPTION_KEY_UNAVAILABLE: denied" },
    ]);
    expect(reply.parked).toEqual([]);
  });

  test("to write, all wait, and nothing has run", async () => {
    const { asked, handler } = echo(denied("generate"));
    const reply = await handler(messages([await record("1", "a"), await record("2", "b")]));
    expect(asked).toEqual([]);
    expect(reply).toEqual({
      emits: [],
      batchItemFailures: ["1", "2"].map((itemIdentifier) => ({
        itemIdentifier,
        reason: "ENCRYPTION_KEY_UNAVAILABLE: denied",
      })),
    });
  });
});

test("a broker encrypts what goes to our topics once, and leaves the user's alone", async () => {
  const broker = new MemoryBroker({ clock });
  const encrypting = new EncryptingBroker({ broker, cipher });
  const payloads = async (name: string): Promise<readonly string[]> => {
    const options = { topic: name, subscription: "look", type: "failover" as const, prefetch: 10 };
    return payloadsOf(await take(await encrypting.subscribe(options), 1));
  };
  await encrypting.publish({ topic, key: "a", payload: "{}" });
  const [encrypted = ""] = await payloads(topic);
  expect(JSON.parse(encrypted).format).toBe(2);
  await encrypting.publish({ topic: `${topic}2`, key: "a", payload: encrypted });
  expect(await payloads(`${topic}2`)).toEqual([encrypted]);
  for (const ofUser of ["orders", "dlq:orders"]) {
    await encrypting.publish({ topic: ofUser, key: "a", payload: "{}" });
    expect(await payloads(ofUser)).toEqual(["{}"]);
  }
  await encrypting.close();
});
