import { describe, expect, test } from "vitest";
import { applyStack } from "../../infra/serverless-plugin/apply.ts";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import type { DeployedFunction, Serverless, Settings } from "../../infra/serverless-plugin/serverless.ts";
import { serviceOf } from "./service-of.ts";

const PULSAR = { webUrl: "https://pulsar.example.com" };

const shop = (
  settings: Partial<Settings> = {},
  functions: { readonly [key: string]: DeployedFunction } = {},
) => serviceOf({ pulsar: PULSAR, ...settings }, functions);

function deployed(service: Serverless["service"]): Serverless["service"]["functions"] {
  applyStack(planOf(service), service);
  return service.functions;
}

describe("a bridge that runs in a Lambda", () => {
  test("knows its routes, its broker and its table", () => {
    const plan = planOf(shop());
    expect(plan.environments["bridge"]).toEqual({
      INFINITIC_TABLE: "shop-dev",
      INFINITIC_PULSAR: JSON.stringify(PULSAR),
      INFINITIC_BRIDGE: JSON.stringify(plan.bridge),
      INFINITIC_SERVICE: "shop-dev",
    });
  });

  test("lives as long as it may, is started once a minute in each slot, and not again with an old event", () => {
    const { bridge } = deployed(shop({ slots: 2 }));
    expect(bridge).toMatchObject({ timeout: 900, memorySize: 512, maximumRetryAttempts: 0 });
    expect(bridge?.events).toEqual(
      [0, 1].map((slot) => ({
        schedule: { rate: ["rate(1 minute)"], input: { kind: "schedule", slot } },
      })),
    );
  });

  test("is woken by the API, but not on this machine, where another one runs", () => {
    const service = shop();
    expect(planOf(service).environments["api"]).not.toHaveProperty("INFINITIC_BRIDGE_FUNCTION");
    expect(deployed(service)["api"]?.environment).toMatchObject({
      INFINITIC_BRIDGE_FUNCTION: JSON.stringify({ functionName: "shop-dev-bridge", slots: 1 }),
    });
  });

  test("keeps what its function says of itself", () => {
    const own = { name: "shop-dev-bridge", timeout: 600, memorySize: 1_024 };
    expect(deployed(shop({}, { bridge: own }))["bridge"]).toMatchObject(own);
  });

  test("refuses a function that takes longer than it can serve, and says what can", () => {
    const slow = { name: "shop-dev-slow", timeout: 301, events: [{ pulsar: { service: "Slow" } }] };
    expect(() => planOf(shop({}, { slow }))).toThrow(
      "function slow: expected a timeout of at most 300 s, which a bridge in a Lambda can serve, got 301 s: run the bridge in a container, or delegate the task",
    );
  });

  test("refuses more routes than its environment takes", () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, nth) => [
        `service${nth}`,
        { name: `shop-dev-service${nth}`, events: [{ pulsar: { service: `Service${nth}` } }] },
      ]),
    );
    expect(() => planOf(shop({}, many))).toThrow("expected routes that fit a Lambda's environment");
  });
});
