import { describe, expect, test } from "vitest";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import type { DeployedFunction, PulsarEvent, Settings } from "../../infra/serverless-plugin/serverless.ts";

const PULSAR = { webUrl: "https://pulsar.example.com:8443" };

function taking(name: string, pulsar: PulsarEvent, more: Partial<DeployedFunction> = {}): DeployedFunction {
  return { name: `shop-dev-${name}`, events: [{ pulsar }], ...more };
}

const FUNCTIONS = {
  booking: taking("booking", { workflow: "Booking", method: "book", batchSize: 20 }),
  flights: taking("flights", { service: "Flights", maxConcurrency: 5 }, { timeout: 120 }),
  timers: { name: "shop-dev-timers", timeout: 60 },
  api: { name: "shop-dev-api", events: [{}] },
};

function plan(functions: { [key: string]: DeployedFunction }, settings: Partial<Settings> = {}) {
  return planOf({
    service: "shop",
    provider: { stage: "dev", timeout: 30 },
    functions,
    custom: { infinitic: { pulsar: PULSAR, ...settings } },
  });
}

describe("what follows from serverless.yml", () => {
  test("the bridge has a route for each pulsar event, and waits longer than the function may run", () => {
    expect(plan(FUNCTIONS).bridge).toEqual({
      routes: [
        ...["workflow-engine:Booking", "workflow-tags:Booking", "workflow-engine:infinitic-task"].map(
          (topic) => ({
            topic,
            type: "key_shared",
            functionName: "shop-dev-booking",
            timeoutMs: 35_000,
            batchSize: 20,
          }),
        ),
        {
          topic: "task-executor:Flights",
          type: "shared",
          functionName: "shop-dev-flights",
          timeoutMs: 125_000,
          batchSize: 1,
          maxConcurrency: 5,
        },
      ],
      timers: { functionName: "shop-dev-timers", timeoutMs: 65_000 },
    });
  });

  test("instances are listed, unless that is not wanted", () => {
    const environmentOf = (settings: Partial<Settings>) => plan(FUNCTIONS, settings).environments["booking"];
    expect(environmentOf({})).not.toHaveProperty("INFINITIC_LIST");
    expect(environmentOf({ listIndex: false })).toMatchObject({ INFINITIC_LIST: "off" });
  });

  test("tasks share an invocation only where that is asked for", () => {
    const batching = { batchSize: 50, lingerMs: 200 };
    const functions = { flights: taking("flights", { service: "Flights", ...batching }) };
    expect(plan(functions).bridge).toMatchObject({ routes: [batching] });
  });

  test("a function under the key tasks runs tasks outside a workflow, in a project of services only", () => {
    const { api, flights, timers } = FUNCTIONS;
    const services = { api, flights, timers };
    expect(plan(services).environments["api"]).toMatchObject({
      INFINITIC_SERVICES: '{"services":["Flights"],"runsTasks":false}',
    });
    const { bridge, environments } = plan({ ...services, tasks: { name: "shop-dev-tasks" } });
    expect(bridge.routes.map(({ topic, functionName }) => [topic, functionName])).toEqual([
      ["task-executor:Flights", "shop-dev-flights"],
      ["workflow-engine:infinitic-task", "shop-dev-tasks"],
    ]);
    expect(environments["tasks"]).toMatchObject({ INFINITIC_TABLE: "shop-dev" });
    expect(environments["api"]).toMatchObject({
      INFINITIC_WORKFLOWS: "{}",
      INFINITIC_SERVICES: '{"services":["Flights"],"runsTasks":true}',
    });
  });

  test("a function without any timeout has the framework's own", () => {
    const functions = { flights: taking("flights", { service: "Flights" }) };
    const { bridge } = planOf({
      service: "shop",
      provider: { stage: "dev" },
      functions,
      custom: { infinitic: { pulsar: PULSAR } },
    });
    expect(bridge).toMatchObject({ routes: [{ timeoutMs: 11_000 }] });
  });

  test("functions get what they need in their environment", () => {
    const { environments } = plan(FUNCTIONS, { table: "trips" });
    expect(environments).toEqual({
      booking: { INFINITIC_TABLE: "trips" },
      flights: { INFINITIC_TABLE: "trips" },
      timers: { INFINITIC_TABLE: "trips" },
      api: {
        INFINITIC_TABLE: "trips",
        INFINITIC_PULSAR: JSON.stringify(PULSAR),
        INFINITIC_WORKFLOWS: '{"Booking":{"functionName":"shop-dev-booking","method":"book"}}',
        INFINITIC_SERVICES: '{"services":["Flights"],"runsTasks":true}',
      },
    });
  });

  test("the table is named for service and stage unless it has a name", () => {
    expect(plan(FUNCTIONS).tableName).toBe("shop-dev");
    expect(plan(FUNCTIONS, { table: "trips" }).tableName).toBe("trips");
  });

  test("other functions may play the roles of api and timers", () => {
    const { api, timers, ...others } = FUNCTIONS;
    const { environments, bridge } = plan(
      { ...others, web: api, sweeper: timers },
      { api: "web", timers: "sweeper" },
    );
    expect(Object.keys(environments)).toEqual(["booking", "flights", "sweeper", "web"]);
    expect(bridge.timers).toMatchObject({ functionName: "shop-dev-timers" });
  });
});

describe("what is wrong in serverless.yml is told by the function it is in", () => {
  const { timers } = FUNCTIONS;
  test.each<[string, { [key: string]: DeployedFunction }, Partial<Settings>, string]>([
    [
      "an event for nothing",
      { flights: taking("flights", {}) },
      {},
      "function flights: expected a pulsar event with either service or workflow, got neither",
    ],
    [
      "an event for both",
      { flights: taking("flights", { service: "Flights", workflow: "Booking" }) },
      {},
      "function flights: expected a pulsar event with either service or workflow, got both",
    ],
    [
      "a method of a service",
      { flights: taking("flights", { service: "Flights", method: "reserve" }) },
      {},
      "function flights: expected no method in the event of a service, got reserve",
    ],
    [
      "a name that is none",
      { flights: taking("flights", { service: "9 flights" }) },
      {},
      'expected a service name of 1 to 64 letters, digits, "_" or "-" that begins with a letter',
    ],
    [
      "two functions for one service",
      { one: taking("one", { service: "Flights" }), two: taking("two", { service: "Flights" }) },
      {},
      "function two: expected one function for service Flights, got another one: one",
    ],
    [
      "two events of one function",
      {
        both: {
          name: "shop-dev-both",
          events: [{ pulsar: { service: "Flights" } }, { pulsar: { service: "Hotels" } }],
        },
      },
      {},
      "function both: expected one pulsar event, as a function serves one service or workflow, got two",
    ],
    [
      "workflows without a function that sweeps",
      { booking: taking("booking", { workflow: "Booking" }) },
      {},
      "custom.infinitic.timers: expected a function timers, which sweeps far wake-ups, got none",
    ],
    [
      "a role of no function",
      { timers },
      { api: "web" },
      "custom.infinitic.api: expected the key of a function, got web",
    ],
  ])("%s", (_, functions, settings, message) => {
    expect(() => plan(functions, settings)).toThrow(message);
  });

  test("a service and a workflow may have one name", () => {
    const functions = {
      timers,
      booking: taking("booking", { workflow: "Booking" }),
      desk: taking("desk", { service: "Booking" }),
    };
    expect(plan(functions).bridge).toMatchObject({ routes: { length: 4 } });
  });
});
