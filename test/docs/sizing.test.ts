import { expect, test } from "vitest";
import { parse } from "yaml";
import { applyStack } from "../../infra/serverless-plugin/apply.ts";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import type { DeployedFunction, Serverless } from "../../infra/serverless-plugin/serverless.ts";
import { checkOptions } from "../../lib/bridge/options.ts";
import { Bill } from "../costs/bill.ts";
import { DEPLOYMENT } from "../costs/deployment.ts";
import { readMeasurement } from "../costs/measurement.ts";
import { readPage } from "./pages.ts";

test("functions have the sizes and batches that they are given", () => {
  const { functions } = parse(readPage("docs/examples/sizing.yml")) as {
    functions: { [key: string]: DeployedFunction };
  };
  const named = Object.entries(functions).map(([key, one]) => [key, { ...one, name: `shop-dev-${key}` }]);
  const service: Serverless["service"] = {
    service: "shop",
    provider: { stage: "dev" },
    functions: { ...Object.fromEntries(named), timers: { name: "shop-dev-timers" } },
    custom: { infinitic: { pulsar: { webUrl: "http://localhost:8080" } } },
  };
  const plan = planOf(service);
  applyStack(plan, service);
  expect(Object.values(service.functions).map(({ memorySize }) => memorySize)).toEqual([
    1_024,
    256,
    undefined,
    512,
  ]);
  const routes = new Map(checkOptions(plan.bridge).routes.map((route) => [route.topic, route]));
  expect(routes.get("workflow-engine:OrderFlow")).toMatchObject({ batchSize: 50, batchBytes: 1024 * 1024 });
  expect(routes.get("task-executor:Payments")).toMatchObject({ batchSize: 1, maxConcurrency: 20 });
  expect(routes.get("task-executor:Mails")).toMatchObject({ batchSize: 100, lingerMs: 500 });
});

test("one bridge carries as many workflows as the page says, of what was measured", () => {
  const bill = new Bill(readMeasurement());
  expect(DEPLOYMENT.memoryOf("bridge")).toBe(512);
  expect(bill.perBridge(512)).toBeGreaterThanOrEqual(15);
  expect(bill.perBridge(1_769)).toBeGreaterThanOrEqual(50);
  expect(DEPLOYMENT.container).toEqual({ vcpus: 0.5, gb: 1 });
  expect(bill.perBridge(1_769 / 2)).toBeGreaterThanOrEqual(25);
});
