import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from "vitest";
import { pulsarTokens } from "../../lib/lambda/pulsar-token.ts";
import { readSecret } from "../../lib/lambda/secret.ts";
import { startIssuer } from "./issuer.ts";

const KEY = { client_id: "booking", client_secret: "the secret" };

/** Answers as Parameter Store and Secrets Manager do. */
const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const { Name, SecretId } = JSON.parse(body);
  const answers: { readonly [name: string]: object } = {
    "/booking/pulsar-token": { Parameter: { Value: "token-of-a-parameter" } },
    "/booking/empty": { Parameter: { Value: "" } },
    "booking/pulsar-token": { SecretString: "token-of-a-secret" },
    "booking/pulsar-key": { SecretString: JSON.stringify({ type: "client_credentials", ...KEY }) },
    "booking/not-a-key": { SecretString: '{"client_id":"booking"}' },
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
    ["ssm:/booking/pulsar-token", "token-of-a-parameter"],
    ["secretsmanager:booking/pulsar-token", "token-of-a-secret"],
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

describe("Pulsar's token", () => {
  test("is what is at its reference", async () => {
    expect(await pulsarTokens({ token: "ssm:/booking/pulsar-token" })?.token()).toBe("token-of-a-parameter");
  });

  test("is none where there is no reference", () => {
    expect(pulsarTokens({})).toBeUndefined();
  });

  test("is given by an issuer for the credentials at theirs", async () => {
    const issuer = await startIssuer({ clientId: KEY.client_id, clientSecret: KEY.client_secret });
    onTestFinished(() => issuer.stop());
    const { issuerUrl } = issuer;
    const oauth2 = { issuerUrl, audience: "pulsar", credentials: "secretsmanager:booking/pulsar-key" };
    const tokens = pulsarTokens({ oauth2 });
    expect([await tokens?.token(), await tokens?.token()]).toEqual(["token 1", "token 1"]);
    expect(issuer.asked).toMatchObject([{ ...KEY, audience: "pulsar" }]);
  });

  test("is none where the secret has no credentials in it, and is not repeated", async () => {
    const oauth2 = {
      issuerUrl: "https://login.example.com",
      credentials: "secretsmanager:booking/not-a-key",
    };
    const none = pulsarTokens({ oauth2 })?.token();
    await expect(none).rejects.toMatchObject({ code: "MISCONFIGURED" });
    await expect(none).rejects.toThrow(
      "expected the secret at secretsmanager:booking/not-a-key to be JSON with client_id and client_secret, got something else",
    );
  });
});
