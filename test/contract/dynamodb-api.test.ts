import { once } from "node:events";
import { createServer } from "node:net";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Dynalite, startDynalite } from "../../infra/local/dynalite.ts";
import { type DynamoDbTarget, openClient } from "../../lib/adapters/dynamodb/client.ts";
import { DynamoDbApi } from "../../lib/adapters/dynamodb/dynamodb-api.ts";
import { dynamoDbStores } from "../../lib/adapters/dynamodb/stores.ts";
import type { DueStore } from "../../lib/ports/due-store.ts";
import type { InstanceList } from "../../lib/ports/instance-list.ts";
import type { PastRuns } from "../../lib/ports/past-runs.ts";
import type { InstanceKey, StateItem, StateStore } from "../../lib/ports/state-store.ts";
import type { TagEntry, TagIndex } from "../../lib/ports/tag-index.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { createTestTable, type TestTable } from "./dynamodb-table.ts";
import { type Fault, type FaultyEndpoint, startFaultyEndpoint } from "./faulty-endpoint.ts";

const clock = new ManualClock();
const entry: TagEntry = { workflow: "Booking", tag: "vip", workflowId: "a", run: "r" };
const item = (v: string): StateItem => ({ v, body: Buffer.from("state"), status: "running" });

let dynalite: Dynalite;
let faulty: FaultyEndpoint;
let table: TestTable;
let store: StateStore;
let dueStore: DueStore;
let tagIndex: TagIndex;
let pastRuns: PastRuns;
let instanceList: InstanceList;
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
  ({ stateStore: store, dueStore, tagIndex, pastRuns, instanceList } = table.open(clock, faulty.endpoint));
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

describe("a batch of writes", () => {
  const entries = Array.from({ length: 60 }, (_, n) => ({ ...entry, workflowId: `id-${n}` }));
  const writes = (): number => faulty.operations.filter((operation) => operation === "BatchWriteItem").length;

  test("goes on with what DynamoDB left undone", async () => {
    const tagged = entries.map((one) => ({ ...one, tag: key.workflowId }));
    faulty.faults.push({ kind: "partly-done", count: 10 }, { kind: "partly-done", count: 24 });
    expect(await tagIndex.add(tagged)).toEqual({ readUnits: 0, writeUnits: 60 });
    const page = await tagIndex.read("Booking", key.workflowId, { limit: 100 });
    expect(page.entries).toHaveLength(60);
    expect(writes()).toBe(4);
  });

  test("is STORE_THROTTLED when DynamoDB does no more of it, three times", async () => {
    const nothing: Fault = { kind: "partly-done", count: 0 };
    faulty.faults.push({ kind: "partly-done", count: 20 }, nothing, nothing, nothing);
    await expect(tagIndex.add(entries)).rejects.toMatchObject({
      code: "STORE_THROTTLED",
      message: "expected 60 items written, got 40 undone",
    });
    await tagIndex.remove(entries);
  });
});

test("chunks that DynamoDB left undeleted are gone after a second deleteRun", async () => {
  for (let number = 0; number < 30; number += 1) {
    await store.putChunk(key, { run: "r", number, nonce: "n", body: Buffer.from("b") });
  }
  const nothing: Fault = { kind: "partly-done", count: 0 };
  faulty.faults.push({ kind: "passed" }, { kind: "partly-done", count: 7 }, nothing, nothing, nothing);
  await expect(store.deleteRun(key, "r")).rejects.toMatchObject({ code: "STORE_THROTTLED" });
  expect((await store.loadChunks(key, "r")).chunks).toHaveLength(23);
  expect(await store.deleteRun(key, "r")).toMatchObject({ writeUnits: 23 });
  expect((await store.loadChunks(key, "r")).chunks).toEqual([]);
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
    ["deleteRun", () => store.deleteRun(key, "r")],
    ["put", () => dueStore.put({ dueAt: 1, id: "a", topic: "t", key: "k", payload: "p" })],
    ["read", () => dueStore.read(1, 10)],
    ["remove", () => dueStore.remove([{ dueAt: 1, id: "a" }])],
    ["loadCursor", () => dueStore.loadCursor()],
    ["moveCursor", () => dueStore.moveCursor(undefined, 1)],
    ["TagIndex.add", () => tagIndex.add([entry])],
    ["TagIndex.remove", () => tagIndex.remove([entry])],
    ["PastRuns.add", () => pastRuns.add(key, "s", "r", 1)],
    ["PastRuns.find", () => pastRuns.find(key, "s")],
    ["InstanceList.read", () => instanceList.read({ workflow: "Booking", status: "running", limit: 1 })],
    ["TagIndex.read", () => tagIndex.read("Booking", "vip", { limit: 10 })],
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

test("a call that is never answered ends after two timeouts, as STORE_UNAVAILABLE", async () => {
  const target = { endpoint: faulty.endpoint, region: "local" };
  const api = new DynamoDbApi({ tableName: table.name, target, timeoutMs: 200 });
  faulty.faults.push({ kind: "unanswered" }, { kind: "unanswered" });
  const call = api.call("GetItem", { TableName: table.name, Key: { pk: { S: "a" }, sk: { S: "S" } } });
  await expect(call).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  expect(faulty.operations).toEqual(["GetItem", "GetItem"]);
});

describe("a request", () => {
  afterEach(() => void vi.unstubAllEnvs());

  const open = (target: DynamoDbTarget) =>
    dynamoDbStores({ tableName: table.name, endpoint: faulty.endpoint, clock, ...target }).stateStore;

  test("is signed for DynamoDB in the region, by the credentials given", async () => {
    await open({
      region: "eu-west-3",
      credentials: { accessKeyId: "AKgiven", secretAccessKey: "given", sessionToken: "token" },
    }).load(key);
    const [headers] = faulty.headers;
    expect(headers?.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKgiven\/\d{8}\/eu-west-3\/dynamodb\//,
    );
    expect(headers).toMatchObject({
      "x-amz-security-token": "token",
      "content-type": "application/x-amz-json-1.0",
      host: new URL(faulty.endpoint).host,
    });
  });

  test("is signed by the environment's credentials, in the environment's region", async () => {
    vi.stubEnv("AWS_REGION", "eu-west-2");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKenvironment");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "environment");
    vi.stubEnv("AWS_SESSION_TOKEN", undefined);
    await open({}).load(key);
    expect(faulty.headers[0]?.authorization).toContain("Credential=AKenvironment/");
    expect(faulty.headers[0]?.authorization).toContain("/eu-west-2/dynamodb/");
  });

  test("is the same one that the AWS SDK signs", async () => {
    const target = { region: "eu-west-3", credentials: { accessKeyId: "AK", secretAccessKey: "secret" } };
    await open(target).load(key);
    const sdk = openClient({ ...target, endpoint: faulty.endpoint });
    await sdk.send(new GetItemCommand({ TableName: table.name, Key: { pk: { S: "a" }, sk: { S: "S" } } }));
    sdk.destroy();
    const [ours, theirs] = faulty.headers;
    for (const name of ["host", "content-type", "x-amz-target"] as const)
      expect(ours?.[name]).toBe(theirs?.[name]);
    const scope = (headers: typeof ours) => headers?.authorization?.split(/[ ,]/)[1];
    expect(scope(ours)).toBe(scope(theirs));
  });

  test("is MISCONFIGURED without a region or without credentials, until there are some", async () => {
    vi.stubEnv("AWS_CONFIG_FILE", "none");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "none");
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"]) vi.stubEnv(name, undefined);
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) vi.stubEnv(name, undefined);
    const misconfigured = { code: "MISCONFIGURED" };
    await expect(open({}).load(key)).rejects.toMatchObject(misconfigured);
    const elsewhere = open({ region: "eu-west-3", endpoint: "http://dynamodb.invalid" });
    await expect(elsewhere.load(key)).rejects.toMatchObject(misconfigured);
    const later = open({});
    await expect(later.load(key)).rejects.toMatchObject(misconfigured);
    vi.stubEnv("AWS_REGION", "eu-west-3");
    expect((await later.load(key)).item).toBeUndefined();
  });
});
