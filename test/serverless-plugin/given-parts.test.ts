import { describe, expect, test } from "vitest";
import { applyEnvironment, applyStack } from "../../infra/serverless-plugin/apply.ts";
import { refuseAlias } from "../../infra/serverless-plugin/invoked-name.ts";
import { leaveOutAliases } from "../../infra/serverless-plugin/offline.ts";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import { rightsOf } from "../../infra/serverless-plugin/rights.ts";
import type { DeployedFunction, Serverless, Settings } from "../../infra/serverless-plugin/serverless.ts";
import { serviceOf } from "./service-of.ts";

const PULSAR = { webUrl: "https://pulsar.example.com" };
const text = (value: unknown): string => JSON.stringify(value);

function packaged(settings: Partial<Settings>) {
  const service = serviceOf({ pulsar: PULSAR, ...settings });
  const plan = planOf(service);
  applyEnvironment(plan, service);
  applyStack(plan, service);
  return { functions: service.functions, resources: service.resources?.Resources ?? {} };
}

describe("EDG-87 a table that there is already", () => {
  test("is used, and neither made nor described", () => {
    const { functions, resources } = packaged({ table: { existing: "trips" } });
    expect(resources).not.toHaveProperty("InfiniticTable");
    expect(functions["api"]?.environment).toMatchObject({ INFINITIC_TABLE: "trips" });
    expect(text(resources["ApiLambdaRole"])).toContain(":table/trips");
  });
});

test("EDG-87 a variable of the plugin that is given for all functions is refused: no function would have it", () => {
  const service = serviceOf({ pulsar: PULSAR });
  const environment = { LOG: "all", INFINITIC_TABLE: "trips" };
  const given = { ...service, provider: { ...service.provider, environment } };
  expect(() => planOf(given)).toThrow(
    "provider.environment: expected no INFINITIC_… variable, as the plugin sets them per function, got INFINITIC_TABLE",
  );
});

describe("EDG-81 EDG-87 a bucket that there is already", () => {
  test.each<[string, unknown]>([
    ["by its name", "shop-values"],
    ["as what CloudFormation makes of it", { "Fn::ImportValue": "shop-values" }],
  ])("is used, %s, and not made", (_, existing) => {
    const { functions, resources } = packaged({ bucket: { existing } });
    expect(Object.keys(resources).filter((id) => id.startsWith("InfiniticPayloads"))).toEqual([]);
    expect(functions["flights"]?.environment).toMatchObject({ INFINITIC_BUCKET: existing });
    const objects = {
      "Fn::Sub": [`arn:\${AWS::Partition}:s3:::\${Bucket}/payloads/*`, { Bucket: existing }],
    };
    expect(text(resources["FlightsLambdaRole"])).toContain(text(objects));
    expect(text(resources)).not.toContain("InfiniticPayloads");
  });

  test("may be one that a stack has made, under a name of the user's choice", () => {
    const { resources, functions } = packaged({ bucket: "shop-values" });
    expect(resources["InfiniticPayloads"]).toMatchObject({ Properties: { BucketName: "shop-values" } });
    expect(functions["flights"]?.environment).toMatchObject({
      INFINITIC_BUCKET: { Ref: "InfiniticPayloads" },
    });
  });
});

describe("EDG-87 a function with provisioned concurrency", () => {
  const functions: { readonly [key: string]: DeployedFunction } = {
    flights: {
      name: "shop-dev-flights",
      provisionedConcurrency: 2,
      events: [{ pulsar: { service: "Flights" } }],
    },
    booking: {
      name: "shop-dev-booking",
      provisionedConcurrency: { "Fn::If": ["IsProd", 2, 0] },
      events: [{ pulsar: { workflow: "Booking" } }],
    },
    audit: {
      name: "shop-dev-audit",
      provisionedConcurrency: 1,
      events: [{ pulsar: { topic: "audited" } }],
    },
    timers: { name: "shop-dev-timers", provisionedConcurrency: 1 },
    hotels: {
      name: "shop-dev-hotels",
      provisionedConcurrency: 0,
      events: [{ pulsar: { service: "Hotels" } }],
    },
  };

  test("is invoked by the alias that has it, by whoever may", () => {
    const plan = planOf(serviceOf({ pulsar: PULSAR }, functions));
    const invoked = [...new Set(plan.bridge.routes.map(({ functionName }) => functionName))];
    expect(invoked.toSorted()).toEqual([
      "shop-dev-audit:provisioned",
      "shop-dev-booking:provisioned",
      "shop-dev-flights:provisioned",
      "shop-dev-hotels",
    ]);
    expect(plan.bridge.timers?.functionName).toBe("shop-dev-timers:provisioned");
    expect(plan.environments["api"]?.["INFINITIC_WORKFLOWS"]).toContain("shop-dev-booking:provisioned");
    expect(plan.bridge.routes.find(({ topic }) => topic === "audited")).toMatchObject({
      subscription: "shop-dev-audit",
    });
    const bridge = plan.members.find(({ kind }) => kind === "bridge");
    const rights = text(bridge && rightsOf(bridge, plan));
    expect(rights).toContain("function:shop-dev-flights:provisioned");
    expect(rights).toContain('function:shop-dev-hotels"');
  });

  test.each([
    ["offline", ["offline"]],
    ["offline start", ["offline", "start"]],
    ["invoke local", ["invoke", "local"]],
  ])("is invoked by its name on this machine, by serverless %s", (_, commands) => {
    const service = serviceOf(
      { pulsar: PULSAR },
      Object.fromEntries(Object.entries(functions).map(([key, one]) => [key, { ...one }])),
    );
    leaveOutAliases({ service, processedInput: { commands } } as unknown as Serverless);
    expect(text(planOf(service).bridge)).not.toContain(":provisioned");
  });

  test("is not deployed alone, as nobody would invoke what was deployed", () => {
    expect(() => refuseAlias("flights", functions["flights"] as DeployedFunction)).toThrow(
      "which only the deployment of the whole service moves (serverless deploy)",
    );
    expect(() => refuseAlias("hotels", functions["hotels"] as DeployedFunction)).not.toThrow();
  });
});
