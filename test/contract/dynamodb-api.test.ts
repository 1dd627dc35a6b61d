import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Dynalite, startDynalite } from "../../infra/local/dynalite.ts";
import { dynamoDbStores } from "../../lib/adapters/dynamodb/stores.ts";
import type { DueStore } from "../../lib/ports/due-store.ts";
import type { InstanceKey, StateItem, StateStore } from "../../lib/ports/state-store.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { createTestTable, type TestTable } from "./dynamodb-table.ts";
import { type Fault, type FaultyEndpoint, startFaultyEndpoint } from "./faulty-endpoint.ts";

const clock = new ManualClock();
const item = (v: string): StateItem => ({ v, body: Buffer.from("state"), status: "running" });

let dynalite: Dynalite;
let faulty: FaultyEndpoint;
let table: TestTable;
let store: StateStore;
let dueStore: DueStore;
let key: InstanceKey;
let keys = 0;

beforeAll(async () => {
  dynalite = await startDynalite();
  table = await createTestTable(dynalite.endpoint);
});
afterAll(() => dynalite.stop());
// One for each test: what a call that failed still sends must not reach the next test's faults.
beforeEach(async () => {
  faulty = await startFaultyEndpoint(dynalite.endpoint);
  ({ stateStore: store, dueStore } = table.open(clock, faulty.endpoint));
  keys += 1;
  key = { workflow: "Booking", workflowId: `id-${keys}` };
});
afterEach(() => faulty.stop());

describe("a commit over a faulty connection", () => {
  test("is recognised as done when its first answer was lost", async () => {
    faulty.faults.push({ kind: "answer-lost" });
    expect(await store.commit(key, item("1:a"), undefined)).toMatchObject({ committed: true });
    faulty.faults.push({ kind: "answer-lost" });
    expect(await store.commit(key, item("2:b"), "1:a")).toMatchObject({ committed: true });
    expect(faulty.operations.filter((operation) => operation === "PutItem")).toHaveLength(4);
    expect((await store.load(key)).item?.v).toBe("2:b");
  });

  test("is sent again when it was not received", async () => {
    faulty.faults.push({ kind: "request-lost" });
    expect(await store.commit(key, item("1:a"), undefined)).toMatchObject({ committed: true });
  });

  test("is lost when another's came between its two attempts", async () => {
    const { stateStore: other } = table.open(clock);
    await store.commit(key, item("1:a"), undefined);
    const meanwhile = () => other.commit(key, item("2:first"), "1:a");
    faulty.faults.push({ kind: "request-lost", meanwhile });
    expect(await store.commit(key, item("2:late"), "1:a")).toMatchObject({
      committed: false,
      current: { v: "2:first" },
    });
  });

  test("is told what stands on it when another's followed before its second attempt", async () => {
    const { stateStore: other } = table.open(clock);
    const meanwhile = () => other.commit(key, item("2:next"), "1:a");
    faulty.faults.push({ kind: "answer-lost", meanwhile });
    expect(await store.commit(key, item("1:a"), undefined)).toMatchObject({
      committed: false,
      current: { v: "2:next" },
    });
  });

  test("is of unknown end when all answers are lost", async () => {
    faulty.faults.push({ kind: "answer-lost" }, { kind: "answer-lost" });
    await expect(store.commit(key, item("1:a"), undefined)).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
    expect(await store.commit(key, item("1:a"), undefined)).toMatchObject({ committed: true });
  });
});

const THROTTLED = [
  { status: 400, error: "ProvisionedThroughputExceededException" },
  { status: 400, error: "ThrottlingException" },
  { status: 400, error: "RequestLimitExceeded" },
];
const UNAVAILABLE = [
  { status: 500, error: "InternalServerError" },
  { status: 503, error: "ServiceUnavailable" },
];
const MISCONFIGURED = [
  { status: 400, error: "ResourceNotFoundException" },
  { status: 400, error: "AccessDeniedException" },
  { status: 400, error: "UnrecognizedClientException" },
  { status: 400, error: "ValidationException" },
];
const REFUSALS = [
  ...THROTTLED.map((refusal) => ({ ...refusal, code: "STORE_THROTTLED" })),
  ...UNAVAILABLE.map((refusal) => ({ ...refusal, code: "STORE_UNAVAILABLE" })),
  ...MISCONFIGURED.map((refusal) => ({ ...refusal, code: "MISCONFIGURED" })),
];

describe.each(REFUSALS)("$status $error", ({ status, error, code }) => {
  const refused: Fault = { kind: "refused", status, error };
  const calls: readonly [name: string, call: () => Promise<unknown>][] = [
    ["load", () => store.load(key)],
    ["commit", () => store.commit(key, item("1:a"), undefined)],
    ["putChunk", () => store.putChunk(key, { run: "r", number: 0, nonce: "n", body: Buffer.from("b") })],
    ["loadChunks", () => store.loadChunks(key, "r")],
    ["put", () => dueStore.put({ dueAt: 1, id: "a", topic: "t", key: "k", payload: "p" })],
    ["read", () => dueStore.read(1, 10)],
    ["remove", () => dueStore.remove([{ dueAt: 1, id: "a" }])],
    ["loadCursor", () => dueStore.loadCursor()],
    ["moveCursor", () => dueStore.moveCursor(undefined, 1)],
  ];
  test.each(calls)(`is ${code} for %s`, async (_, call) => {
    faulty.faults.push(...Array.from({ length: 8 }, () => refused));
    await expect(call()).rejects.toMatchObject({ code, message: expect.stringContaining(error) });
  });
});

test("an item that DynamoDB finds too large is ITEM_TOO_LARGE", async () => {
  const message = "Item size has exceeded the maximum allowed size";
  faulty.faults.push({ kind: "refused", status: 400, error: "ValidationException", message });
  await expect(store.commit(key, item("1:a"), undefined)).rejects.toMatchObject({ code: "ITEM_TOO_LARGE" });
});

test("a table that is not there is MISCONFIGURED", async () => {
  const { stateStore } = dynamoDbStores({
    tableName: "no-such-table",
    endpoint: dynalite.endpoint,
    region: "local",
    clock,
  });
  await expect(stateStore.load(key)).rejects.toMatchObject({ code: "MISCONFIGURED" });
});

test("an endpoint where nobody listens is STORE_UNAVAILABLE", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  server.close();
  await once(server, "close");
  const { stateStore } = table.open(clock, `http://127.0.0.1:${port}`);
  await expect(stateStore.load(key)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
});
