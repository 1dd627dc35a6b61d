import { describe, expect, test } from "vitest";
import { applyEnvironment, applyStack } from "../../infra/serverless-plugin/apply.ts";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import type { DeployedFunction } from "../../infra/serverless-plugin/serverless.ts";
import { serviceOf } from "./service-of.ts";

/** The options of Node.js that each function of a small service is deployed with. */
function nodeOptions(ofAll: object = {}, ofFlights: Partial<DeployedFunction> = {}) {
  const settings = { pulsar: { webUrl: "https://pulsar.example.com" } };
  const made = serviceOf(settings, {
    booking: { name: "shop-dev-booking", events: [{ pulsar: { workflow: "Booking" } }] },
    flights: { name: "shop-dev-flights", events: [{ pulsar: { service: "Flights" } }], ...ofFlights },
  });
  const service = { ...made, provider: { ...made.provider, ...ofAll } };
  const plan = planOf(service);
  applyEnvironment(plan, service);
  applyStack(plan, service);
  return Object.fromEntries(
    Object.entries(service.functions).map(([key, { environment }]) => [key, environment?.["NODE_OPTIONS"]]),
  );
}

const ON = "--enable-source-maps";

describe("EDG-53 functions that run user code", () => {
  test("tell the sources in stacks, and no others read maps", () => {
    expect(nodeOptions()).toEqual({ booking: ON, flights: ON });
  });

  test("have the options of Node.js that the user gives them, and no others", () => {
    const environment = { NODE_OPTIONS: "--max-old-space-size=400" };
    expect(nodeOptions({}, { environment })).toEqual({ booking: ON, flights: environment.NODE_OPTIONS });
    expect(nodeOptions({ environment })).toEqual({});
  });
});
