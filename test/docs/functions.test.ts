import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { handler as api } from "../../docs/examples/api-function.ts";
import { handler } from "../../docs/examples/tasks-function.ts";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import type { DeployedFunction } from "../../infra/serverless-plugin/serverless.ts";
import { checkOptions } from "../../lib/bridge/options.ts";
import { ROOT } from "./pages.ts";

test("topics of one's own go to a handler, and start and signal a workflow", () => {
  const { functions } = parse(readFileSync(join(ROOT, "docs/examples/topics.yml"), "utf8")) as {
    functions: { [key: string]: DeployedFunction };
  };
  const named = Object.entries(functions).map(([key, one]) => [key, { ...one, name: `shop-dev-${key}` }]);
  const { bridge } = planOf({
    service: "shop",
    provider: { stage: "dev" },
    functions: { ...Object.fromEntries(named), timers: { name: "shop-dev-timers" } },
    custom: { infinitic: { pulsar: { webUrl: "http://localhost:8080" } } },
  });
  const { routes, triggers } = checkOptions(bridge);
  expect(routes[0]).toMatchObject({ topic: "orders", handler: "stream", batchSize: 100, maxAttempts: 5 });
  expect(triggers).toMatchObject([
    { kind: "start", topic: "orders", workflow: "Shipping", method: "ship", id: "order.id" },
    { kind: "signal", topic: "parcels", workflow: "Shipping", channel: "parcels" },
  ]);
});

test("a function for tasks outside a workflow asks for what the plugin gives it", () => {
  expect(process.env["INFINITIC_TABLE"]).toBeUndefined();
  expect(() => handler({ kind: "messages", records: [] } as never)).toThrow("INFINITIC_TABLE");
});

test("the api function asks for what the plugin gives it", async () => {
  expect(process.env["INFINITIC_TABLE"]).toBeUndefined();
  await expect(api({} as never, {} as never)).rejects.toThrow("INFINITIC_TABLE");
});
