import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Settings } from "../../infra/serverless-plugin/serverless.ts";
import { SERVICE_SCHEMA } from "../../infra/serverless-plugin/service-schema.ts";
import { checkSettings } from "../../infra/serverless-plugin/settings.ts";
import { KEY_LIMITS } from "../../lib/adapters/encryption/data-key-cache.ts";
import { MAX_INLINE_BYTES, MAX_META_BYTES, MAX_PAYLOAD_BYTES } from "../../lib/core/values/limits.ts";
import { credentialsIn } from "../../lib/lambda/pulsar-token.ts";
import { readPage } from "./pages.ts";

const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const isService = new Ajv().compile(SERVICE_SCHEMA);

/** CloudFormation's short forms, as the framework reads them. */
const customTags = [
  {
    tag: "!GetAtt",
    resolve: (text: string) => ({ "Fn::GetAtt": text.split(".") }),
  },
];
const serviceIn = (path: string) => parse(readPage(path), { customTags });

/** What a page's example makes of the settings. */
function settingsOf(name: string): ReturnType<typeof checkSettings> {
  const service = serviceIn(`docs/examples/security/${name}`) as { custom: { infinitic: Settings } };
  expect(isService(service), JSON.stringify(isService.errors)).toBe(true);
  return checkSettings(service.custom.infinitic);
}

describe("the settings of the page", () => {
  test("let holders of a token call, less often", () => {
    expect(settingsOf("jwt.yml")).toMatchObject({
      auth: {
        kind: "jwt",
        issuerUrl: "https://login.example.com",
        audience: ["shop"],
        scopes: ["workflows"],
      },
      throttling: { rate: 20, burst: 50 },
    });
  });

  test("have an issuer give the token", () => {
    expect(settingsOf("oauth2.yml")).toMatchObject({ credentials: "secretsmanager:shop/pulsar-key" });
  });

  test("encrypt values, and read those of a key before", () => {
    expect(settingsOf("encryption.yml").encryption).toEqual({ kmsKey: KEY, formerKeys: [] });
    expect(settingsOf("another-key.yml").encryption).toEqual({
      kmsKey: { "Fn::GetAtt": ["ValuesKey", "Arn"] },
      formerKeys: [KEY],
    });
  });
});

test("a key file is one of Pulsar's", () => {
  const text = readPage("docs/examples/security/pulsar-key.json");
  expect(credentialsIn("secretsmanager:shop/pulsar-key", text)).toEqual({
    clientId: "shop",
    clientSecret: "…",
  });
});

test("the page's numbers are the code's", () => {
  const page = readPage("docs/security.md");
  const MB = 1024 * 1024;
  expect(page).toContain(`${(MAX_PAYLOAD_BYTES + MAX_INLINE_BYTES) / MB} MB of JSON, nested 200 deep`);
  expect(page).toContain(`${MAX_PAYLOAD_BYTES / MB} MB of JSON; above ${MAX_INLINE_BYTES / 1024} KB`);
  expect(page).toContain(`| ${MAX_META_BYTES / 1024} KB |`);
  expect(KEY_LIMITS).toMatchObject({ maxAgeMs: 3_600_000, maxUses: 1_000_000 });
  expect(page).toContain("uses it for an hour or a million values");
});

describe("the schema of serverless.yml", () => {
  test("takes the sample, and every example", () => {
    for (const path of ["serverless.yml", "docs/examples/topics.yml", "docs/examples/sizing.yml"]) {
      expect(isService(serviceIn(path)), `${path}: ${JSON.stringify(isService.errors)}`).toBe(true);
    }
  });

  test.each([
    ["an unknown setting", "custom: { infinitic: { pulsar: { webUrl: 'https://p' }, encryptoin: {} } }"],
    ["no address of Pulsar", "custom: { infinitic: { pulsar: { tenant: shop } } }"],
    [
      "encryption without a key",
      "custom: { infinitic: { pulsar: { webUrl: 'https://p' }, encryption: {} } }",
    ],
    ["an unknown field of an event", "functions: { a: { events: [{ pulsar: { service: A, batch: 1 } }] } }"],
  ])("refuses %s", (_, text) => {
    expect(isService(parse(text))).toBe(false);
  });
});
