import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalS3, startLocalS3 } from "../../infra/local/s3.ts";
import { S3PayloadStore } from "../../lib/adapters/s3/payload-store.ts";
import { parsePayloadKey } from "../../lib/core/values/payload.ts";

const run = { workflow: "Booking", workflowId: "42", run: "r1" };
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const region = "local";

let s3: LocalS3;
beforeAll(async () => {
  s3 = await startLocalS3({ bucket: "payloads" });
});
afterAll(() => s3.stop());

test("keeps a payload under the prefix of its run", async () => {
  const client = new S3Client({ endpoint: s3.endpoint, region, credentials, forcePathStyle: true });
  const store = new S3PayloadStore({ bucket: "payloads", endpoint: s3.endpoint, region, credentials });
  const { key } = await store.put(run, "text");
  const Key = `payloads/Booking/42/r1/${parsePayloadKey(key)?.name}`;
  await client.send(new PutObjectCommand({ Bucket: "payloads", Key, Body: "somebody else's" }));
  await expect(store.get(key)).rejects.toMatchObject({ code: "STATE_CORRUPT" });
});

test("deletes a run of more objects than one list has", async () => {
  const client = new S3Client({ endpoint: s3.endpoint, region, credentials, forcePathStyle: true });
  const store = new S3PayloadStore({ bucket: "payloads", endpoint: s3.endpoint, region, credentials });
  const Prefix = "payloads/Booking/42/many/";
  // Put without the SDK: this many would take it seconds.
  const names = Array.from({ length: 1_001 }, (_, n) => n);
  await Promise.all(
    names.map((n) => fetch(`${s3.endpoint}/payloads/${Prefix}${n}`, { method: "PUT", body: "x" })),
  );
  const list = async () => client.send(new ListObjectsV2Command({ Bucket: "payloads", Prefix }));
  expect((await list()).IsTruncated).toBe(true);
  await store.deleteRun({ ...run, run: "many" });
  expect((await list()).KeyCount).toBe(0);
});

describe("an S3 that does not do what it is asked", () => {
  test.each([
    ["asks for patience", 503, "SlowDown", "STORE_THROTTLED"],
    ["asks for patience in another word", 429, "TooManyRequests", "STORE_THROTTLED"],
    ["fails", 500, "InternalError", "STORE_UNAVAILABLE"],
    ["is away behind a proxy", 502, "BadGateway", "STORE_UNAVAILABLE"],
    ["denies access", 403, "AccessDenied", "MISCONFIGURED"],
    ["does not know the credentials", 403, "InvalidAccessKeyId", "MISCONFIGURED"],
  ])("and %s is told by its own code", async (_, status, code, expected) => {
    const server = createServer((incoming, outgoing) => {
      incoming.resume();
      incoming.on("end", () => {
        outgoing.writeHead(status, { "content-type": "application/xml" });
        outgoing.end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const store = new S3PayloadStore({ bucket: "payloads", endpoint, region, credentials });
    await expect(store.put(run, "text")).rejects.toMatchObject({
      code: expected,
      message: `expected an answer of S3, got ${status} ${code}: no`,
    });
    server.close();
    server.closeAllConnections();
  });

  test("for want of a bucket is misconfigured", async () => {
    const store = new S3PayloadStore({ bucket: "another", endpoint: s3.endpoint, region, credentials });
    const calls = [store.put(run, "text"), store.get("Booking/42/r1/name"), store.deleteRun(run)];
    const thrown = await Promise.all(calls.map((call) => Promise.resolve(call).catch(({ code }) => code)));
    expect(thrown).toEqual(calls.map(() => "MISCONFIGURED"));
  });

  test("for want of credentials is misconfigured", async () => {
    const none = async (): Promise<never> => {
      throw Object.assign(new Error("none found"), { name: "CredentialsProviderError" });
    };
    const store = new S3PayloadStore({
      bucket: "payloads",
      endpoint: s3.endpoint,
      region,
      credentials: none,
    });
    await expect(store.put(run, "text")).rejects.toMatchObject({ code: "MISCONFIGURED" });
  });

  test("because it is not there is unavailable", async () => {
    const gone = await startLocalS3({ bucket: "payloads" });
    await gone.stop();
    const store = new S3PayloadStore({ bucket: "payloads", endpoint: gone.endpoint, region, credentials });
    await expect(store.get("Booking/42/r1/name")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});
