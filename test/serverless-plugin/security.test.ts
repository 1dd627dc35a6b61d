import { describe, expect, test } from "vitest";
import { applyStack } from "../../infra/serverless-plugin/apply.ts";
import type { Statement } from "../../infra/serverless-plugin/cloudformation.ts";
import { applyLocalEncryption } from "../../infra/serverless-plugin/encryption.ts";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import { rightsOf } from "../../infra/serverless-plugin/rights.ts";
import type { PulsarEvent, Serverless, Settings } from "../../infra/serverless-plugin/serverless.ts";

const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const FORMER = "arn:aws:kms:eu-west-1:111122223333:key/mrk-0987dcba";
const OAUTH2 = {
  issuerUrl: "https://login.example.com",
  audience: "urn:pulsar",
  credentials: "secretsmanager:shop/pulsar-key",
} as const;
const TRIGGER = { start: "Booking", topic: "orders", id: "order.id" };

function shop(settings: Partial<Settings>, ...events: readonly PulsarEvent[]): Serverless["service"] {
  return {
    service: "shop",
    provider: { stage: "dev", timeout: 30 },
    functions: {
      booking: {
        name: "shop-dev-booking",
        events: [{ pulsar: { workflow: "Booking" } }, ...events.map((pulsar) => ({ pulsar }))],
      },
      flights: { name: "shop-dev-flights", events: [{ pulsar: { service: "Flights" } }] },
      audit: { name: "shop-dev-audit", events: [{ pulsar: { topic: "audited" } }] },
      timers: { name: "shop-dev-timers" },
      api: { name: "shop-dev-api" },
      bridge: { name: "shop-dev-bridge" },
    },
    custom: { infinitic: { pulsar: { webUrl: "https://pulsar.example.com" }, ...settings } },
  };
}

/** What each function may do to which keys. */
function keyRights(service: Serverless["service"]): { readonly [key: string]: readonly object[] } {
  const plan = planOf(service);
  const isOfKeys = ({ Action }: Statement): boolean => [Action].flat().some((one) => one.startsWith("kms:"));
  return Object.fromEntries(
    plan.members.map((member) => [
      member.key,
      rightsOf(member, plan)
        .filter(isOfKeys)
        .map(({ Action, Resource }) => ({ Action, Resource })),
    ]),
  );
}

/** The key that each function is told. */
const toldIn = ({ functions }: Serverless["service"]): object =>
  Object.fromEntries(
    Object.entries(functions).flatMap(([key, { environment }]) =>
      environment?.["INFINITIC_KMS_KEY"] ? [[key, environment["INFINITIC_KMS_KEY"]]] : [],
    ),
  );

describe("a key for values", () => {
  const all = { Action: ["kms:GenerateDataKey", "kms:Decrypt"], Resource: [KEY] };

  test("is used by those who read and write values, and only theirs; by nobody where there is none", () => {
    expect(keyRights(shop({ encryption: { kmsKey: KEY } }))).toEqual({
      booking: [all],
      flights: [all],
      api: [all],
      audit: [],
      timers: [],
      bridge: [],
    });
    expect(Object.values(keyRights(shop({}))).flat()).toEqual([]);
  });

  test("is used by the bridge to encrypt what triggers make of business messages, and not to decrypt", () => {
    expect(keyRights(shop({ encryption: { kmsKey: KEY } }, TRIGGER))["bridge"]).toEqual([
      { Action: ["kms:GenerateDataKey"], Resource: [KEY] },
    ]);
  });

  test("in whose place another one came still decrypts", () => {
    const rights = keyRights(shop({ encryption: { kmsKey: KEY, formerKeys: [FORMER] } }, TRIGGER));
    expect(rights["booking"]).toEqual([all, { Action: ["kms:Decrypt"], Resource: [FORMER] }]);
    expect(rights["bridge"]).toHaveLength(1);
  });

  test("may be one of the stack", () => {
    const kmsKey = { "Fn::GetAtt": ["ValuesKey", "Arn"] };
    const service = shop({ encryption: { kmsKey } });
    applyStack(planOf(service), service);
    expect(toldIn(service)).toEqual({ booking: kmsKey, flights: kmsKey, api: kmsKey });
  });

  test("is none of KMS's on this machine", () => {
    const service = shop({ encryption: { kmsKey: KEY } });
    applyLocalEncryption(planOf(service), service.functions);
    expect(toldIn(service)).toEqual({
      booking: "local:shop-dev",
      flights: "local:shop-dev",
      api: "local:shop-dev",
    });
    const without = shop({});
    applyLocalEncryption(planOf(without), without.functions);
    expect(toldIn(without)).toEqual({});
  });

  test.each(["alias/values", "arn:aws:kms:eu-west-1:111122223333:alias/values", "1234abcd-12ab"])(
    "is an ARN, which %s is not",
    (kmsKey) => {
      expect(() => planOf(shop({ encryption: { kmsKey } }))).toThrow(
        `custom.infinitic.encryption: expected the ARN of a key, which an alias is not: rights are given for keys; got ${kmsKey}`,
      );
    },
  );
});

describe("a token that an issuer gives", () => {
  const pulsar = { webUrl: "https://pulsar.example.com", oauth2: OAUTH2 };

  test("is got by the api function and the bridge, who alone may read the credentials", () => {
    const service = shop({ pulsar });
    const plan = planOf(service);
    const readers = plan.members.filter((member) =>
      rightsOf(member, plan).some(
        ({ Action, Resource }) =>
          Action === "secretsmanager:GetSecretValue" &&
          JSON.stringify(Resource).includes("secret:shop/pulsar-key-??????"),
      ),
    );
    expect(readers.map(({ key }) => key)).toEqual(["api", "bridge"]);
    for (const { key } of readers) {
      expect(JSON.parse(plan.environments[key]?.["INFINITIC_PULSAR"] ?? "")).toEqual(pulsar);
    }
  });

  test("takes the place of one of one's own", () => {
    expect(() => planOf(shop({ pulsar: { ...pulsar, token: "ssm:/shop/token" } }))).toThrow(
      "custom.infinitic.pulsar: expected a token or oauth2, which gets one, got both",
    );
  });

  test("needs credentials that are elsewhere: the secret itself is refused, and not repeated", () => {
    const planned = () =>
      planOf(
        shop({ pulsar: { ...pulsar, oauth2: { ...OAUTH2, credentials: '{"client_secret":"s3cr3t"}' } } }),
      );
    expect(planned).toThrow("custom.infinitic.pulsar.oauth2.credentials: expected where the secret is");
    expect(planned).not.toThrow("s3cr3t");
  });
});
