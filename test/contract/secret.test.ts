import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { readSecret } from "../../lib/lambda/secret.ts";

/** Answers as Parameter Store and Secrets Manager do. */
const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const { Name, SecretId } = JSON.parse(body);
  const answers: { readonly [name: string]: object } = {
    "/booking/pulsar-token": { Parameter: { Value: "token of a parameter" } },
    "/booking/empty": { Parameter: { Value: "" } },
    "booking/pulsar-token": { SecretString: "token of a secret" },
  };
  const answer = answers[Name ?? SecretId];
  response.writeHead(answer ? 200 : 400, {
    "content-type": "application/x-amz-json-1.1",
    ...(!answer && { "x-amzn-errortype": Name ? "ParameterNotFound" : "ResourceNotFoundException" }),
  });
  response.end(JSON.stringify(answer ?? { message: "no such thing" }));
});

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("AWS_REGION", "eu-west-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a secret is read", () => {
  test.each([
    ["ssm:/booking/pulsar-token", "token of a parameter"],
    ["secretsmanager:booking/pulsar-token", "token of a secret"],
  ])("from %s", async (reference, value) => {
    expect(await readSecret(reference)).toBe(value);
  });

  test.each([
    ["ssm:/booking/none", "expected a secret at ssm:/booking/none, got ParameterNotFound"],
    ["secretsmanager:none", "expected a secret at secretsmanager:none, got ResourceNotFoundException"],
    ["ssm:/booking/empty", "expected a secret at ssm:/booking/empty, got an empty one"],
  ])("not from %s: it says so", async (reference, message) => {
    await expect(readSecret(reference)).rejects.toThrow(message);
    await expect(readSecret(reference)).rejects.toMatchObject({ code: "MISCONFIGURED" });
  });

  test("not from what is no reference, which is not repeated", async () => {
    const reading = readSecret("the secret itself");
    await expect(reading).rejects.toThrow("expected a secret at ssm:/path or secretsmanager:name");
    await expect(reading).rejects.not.toThrow("the secret itself");
  });
});
