import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Serverless } from "../../infra/serverless-plugin/serverless.ts";
import { pulsarToken } from "../../infra/serverless-plugin/topics.ts";
import { tokenText } from "../../lib/adapters/token-text.ts";
import { credentialsIn, pulsarTokens } from "../../lib/lambda/pulsar-token.ts";
import { readSecret } from "../../lib/lambda/secret.ts";
import { startLambdaApiStub } from "../contract/lambda-api.ts";

const AS = { region: "eu-west-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } };
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib29raW5nIn0.abc-_~+/=";

/** Text as it comes out of files, editors and consoles. */
const AROUND: readonly [string, (text: string) => string][] = [
  ["a line end", (text) => `${text}\n`],
  ["a line end of Windows", (text) => `${text}\r\n`],
  ["a byte order mark", (text) => `\ufeff${text}`],
  ["spaces and a tab", (text) => `  ${text}\t `],
  ["all of it", (text) => `\ufeff \r\n${text}\r\n\n`],
];

/** A Parameter Store with one secret. */
async function keep(secret: string): Promise<void> {
  const store = await startLambdaApiStub((_request, response) => {
    response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify({ Parameter: { Value: secret }, SecretString: secret }));
  });
  onTestFinished(() => store.close());
  vi.stubEnv("AWS_ENDPOINT_URL", store.endpoint);
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe.each(AROUND)("EDG-83 %s around a secret", (_, around) => {
  test.each(["ssm:/shop/token", "secretsmanager:shop/token"])(
    "is no part of a token at %s",
    async (token) => {
      await keep(around(JWT));
      expect(await pulsarTokens({ token }, AS)?.token()).toBe(JWT);
    },
  );

  test("is no part of the token of whoever deploys", async () => {
    vi.stubEnv("PULSAR_TOKEN", around(JWT));
    onTestFinished(() => void vi.unstubAllEnvs());
    const plan = { pulsar: { webUrl: "https://pulsar.example.com" } };
    expect(await pulsarToken(plan, {} as Serverless)).toBe(JWT);
  });

  test("is no part of credentials, nor of what they are in", async () => {
    const known = { client_id: around("shop"), client_secret: around("the secret") };
    await keep(around(JSON.stringify(known)));
    expect(credentialsIn("ssm:/key", await readSecret("ssm:/key", AS))).toEqual({
      clientId: "shop",
      clientSecret: "the secret",
    });
  });
});

describe("EDG-83 a token is refused, and not repeated,", () => {
  test.each([
    ["with a line end within it", "eyJhbGci\nOiJIUzI1NiJ9"],
    ["with the scheme before it", "Bearer eyJhbGciOiJIUzI1NiJ9"],
    ["in UTF-16", "e\u0000y\u0000J\u0000"],
    ["with a space of no width", "eyJhbGci\u200b"],
  ])("%s", async (_, secret) => {
    await keep(secret);
    const reading = pulsarTokens({ token: "ssm:/shop/token" }, AS)?.token();
    await expect(reading).rejects.toMatchObject({ code: "MISCONFIGURED" });
    await expect(reading).rejects.toThrow(
      "expected a token of visible ASCII characters at ssm:/shop/token, got one with a space, a line end or another character within it",
    );
    await expect(reading).rejects.not.toThrow("eyJ");
  });

  test("that is nothing but white space", () => {
    expect(() => tokenText("PULSAR_TOKEN", " \r\n")).toThrow("at PULSAR_TOKEN, got an empty one");
  });
});
