import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { KmsDataKeys } from "../../lib/adapters/kms/data-keys.ts";

const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const CONTEXT = { application: "infinitic-serverless" };

/** Wraps keys as KMS does, in a manner of its own: what it is asked, and what it answers unless it refuses. */
const asked: { readonly operation: string; readonly input: Record<string, unknown> }[] = [];
let refusal: { readonly status: number; readonly __type: string; readonly message?: string } | undefined;
const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const input = JSON.parse(body);
  const operation = String(request.headers["x-amz-target"]);
  asked.push({ operation, input });
  const answers: { readonly [operation: string]: () => object } = {
    "TrentService.GenerateDataKey": () => {
      const Plaintext = Buffer.alloc(32, asked.length).toString("base64");
      return { KeyId: input.KeyId, Plaintext, CiphertextBlob: btoa(`wrapped ${Plaintext}`) };
    },
    "TrentService.Decrypt": () => ({
      KeyId: KEY,
      Plaintext: atob(input.CiphertextBlob).replace("wrapped ", ""),
    }),
  };
  const { status = 200, ...refused } = refusal ?? {};
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
  response.end(JSON.stringify(refusal ? refused : answers[operation]?.()));
});

const credentials = { accessKeyId: "local", secretAccessKey: "local" };
let keys: KmsDataKeys;
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
beforeEach(() => {
  asked.length = 0;
  refusal = undefined;
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  keys = new KmsDataKeys({ keyId: KEY, endpoint, region: "eu-west-1", credentials });
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

test("a key that KMS makes is one of 256 bits, and KMS unwraps it", async () => {
  const { plain, wrapped } = await keys.generate();
  expect(plain).toHaveLength(32);
  expect(Buffer.from(await keys.unwrap(wrapped))).toEqual(Buffer.from(plain));
  expect(asked).toMatchObject([
    {
      operation: "TrentService.GenerateDataKey",
      input: { KeyId: KEY, KeySpec: "AES_256", EncryptionContext: CONTEXT },
    },
    { operation: "TrentService.Decrypt", input: { EncryptionContext: CONTEXT } },
  ]);
});

test("what another key has wrapped is unwrapped too: KMS knows whose it is", async () => {
  const { wrapped } = await keys.generate();
  await keys.unwrap(wrapped);
  expect(asked[1]?.input).not.toHaveProperty("KeyId");
});

describe("a KMS that does not give a key", () => {
  test.each([
    ["denies access", 400, "AccessDeniedException", "ENCRYPTION_KEY_UNAVAILABLE"],
    ["has disabled the key", 400, "DisabledException", "ENCRYPTION_KEY_UNAVAILABLE"],
    ["is about to delete the key", 400, "KMSInvalidStateException", "ENCRYPTION_KEY_UNAVAILABLE"],
    ["knows no such key", 400, "NotFoundException", "ENCRYPTION_KEY_UNAVAILABLE"],
    ["has never wrapped it", 400, "InvalidCiphertextException", "DECRYPTION_FAILED"],
  ])("because it %s says so by its code", async (_, status, name, code) => {
    refusal = { status, __type: name, message: "told so" };
    await expect(keys.unwrap(Buffer.from("any"))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`got ${name}: told so`),
    });
  });

  test("because it is away is unavailable, and so is one without credentials", async () => {
    const away = new KmsDataKeys({
      keyId: KEY,
      endpoint: "http://127.0.0.1:1",
      region: "eu-west-1",
      credentials,
    });
    await expect(away.generate()).rejects.toMatchObject({ code: "ENCRYPTION_KEY_UNAVAILABLE" });
    const nobody = new KmsDataKeys({
      keyId: KEY,
      region: "eu-west-1",
      credentials: () => Promise.reject(new Error("none found")),
    });
    await expect(nobody.generate()).rejects.toMatchObject({ code: "ENCRYPTION_KEY_UNAVAILABLE" });
  });
});
