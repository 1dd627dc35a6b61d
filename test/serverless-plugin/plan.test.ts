import { describe, expect, test } from "vitest";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import type { DeployedFunction, PulsarEvent, Settings } from "../../infra/serverless-plugin/serverless.ts";

const PULSAR = { webUrl: "https://pulsar.example.com:8443" };

function taking(name: string, pulsar: PulsarEvent, more: Partial<DeployedFunction> = {}): DeployedFunction {
  return { name: `shop-dev-${name}`, events: [{ pulsar }], ...more };
}

/** The function of a workflow, with one event more. */
function triggered(pulsar: PulsarEvent): DeployedFunction {
  return {
    name: "shop-dev-booking",
    events: [{ pulsar: { workflow: "Booking", method: "book" } }, { pulsar }],
  };
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
        ...[
          "workflow-engine:Booking",
          "workflow-tags:Booking",
          "workflow-engine:infinitic-task-shop-dev",
          "workflow-engine:infinitic-task",
        ].map((topic) => ({
          topic,
          type: "key_shared",
          functionName: "shop-dev-booking",
          timeoutMs: 35_000,
          batchSize: 20,
        })),
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

  test("a handler of the user's own reads its topic by a subscription called like the function", () => {
    const { bridge, environments, members } = plan({ orders: taking("orders", { topic: "orders" }) });
    expect(bridge).toEqual({
      routes: [
        {
          topic: "orders",
          handler: "stream",
          type: "key_shared",
          subscription: "shop-dev-orders",
          functionName: "shop-dev-orders",
          timeoutMs: 35_000,
        },
      ],
    });
    expect(environments).toEqual({});
    const name = "shop-dev-orders";
    expect(members).toEqual([{ key: "orders", kind: "handler", functionName: name, invokedAs: name }]);
  });

  test("a handler's event says how its topic is read", () => {
    const reading = { type: "failover", subscription: "audit", maxAttempts: 3 } as const;
    const batching = { batchSize: 500, batchBytes: 2_000_000, lingerMs: 1_000, maxConcurrency: 2 };
    const functions = { orders: taking("orders", { topic: "orders", ...reading, ...batching }) };
    expect(plan(functions).bridge.routes).toMatchObject([{ topic: "orders", ...reading, ...batching }]);
  });

  test("topics start and signal the workflow of the function that has their events", () => {
    const { timers } = FUNCTIONS;
    const { triggers } = plan({
      timers,
      booking: triggered({ topic: "orders", start: "Booking", id: "id" }),
    }).bridge;
    const workflow = "Booking";
    expect(triggers).toEqual([
      {
        kind: "start",
        topic: "orders",
        subscription: "shop-dev-booking-start",
        id: "id",
        workflow,
        method: "book",
      },
    ]);
    const signal = {
      topic: "paid",
      signal: workflow,
      channel: "paid",
      id: "order.id",
      type: "shared",
    } as const;
    expect(plan({ timers, booking: triggered({ ...signal, subscription: "own" }) }).bridge.triggers).toEqual([
      {
        kind: "signal",
        topic: "paid",
        subscription: "own",
        id: "order.id",
        workflow,
        channel: "paid",
        type: "shared",
      },
    ]);
  });

  test("a function under the key tasks runs tasks outside a workflow, in a project of services only", () => {
    const { api, flights, timers } = FUNCTIONS;
    const services = { api, flights, timers };
    expect(plan(services).environments["api"]).toMatchObject({
      INFINITIC_SERVICES:
        '{"services":["Flights"],"runsTasks":false,"taskWorkflow":"infinitic-task-shop-dev"}',
    });
    const { bridge, environments } = plan({ ...services, tasks: { name: "shop-dev-tasks" } });
    expect(bridge.routes.map(({ topic, functionName }) => [topic, functionName])).toEqual([
      ["task-executor:Flights", "shop-dev-flights"],
      ["workflow-engine:infinitic-task-shop-dev", "shop-dev-tasks"],
      ["workflow-engine:infinitic-task", "shop-dev-tasks"],
    ]);
    expect(environments["tasks"]).toMatchObject({ INFINITIC_TABLE: "shop-dev" });
    expect(environments["api"]).toMatchObject({
      INFINITIC_WORKFLOWS: "{}",
      INFINITIC_SERVICES:
        '{"services":["Flights"],"runsTasks":true,"taskWorkflow":"infinitic-task-shop-dev"}',
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
        INFINITIC_SERVICES:
          '{"services":["Flights"],"runsTasks":true,"taskWorkflow":"infinitic-task-shop-dev"}',
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
      "function flights: expected a pulsar event with one of service, workflow and topic, got none",
    ],
    [
      "an event for both",
      { flights: taking("flights", { service: "Flights", workflow: "Booking" }) },
      {},
      "function flights: expected a pulsar event with one of service, workflow and topic, got service and workflow",
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
      "function both: expected one pulsar event, as a function serves one service, workflow or topic",
    ],
    [
      "how to read a topic, of a service",
      { flights: taking("flights", { service: "Flights", type: "shared" }) },
      {},
      "function flights: expected no type in the event of a service, got shared",
    ],
    [
      "a path in the event of a handler",
      { orders: taking("orders", { topic: "orders", id: "order.id" }) },
      {},
      "function orders: expected no id in the event of a topic, got order.id",
    ],
    [
      "a trigger of no workflow",
      { orders: taking("orders", { topic: "orders", start: "Booking", id: "id" }) },
      {},
      "function orders: expected a workflow of its own to start or signal, got none",
    ],
    [
      "a trigger of another function's workflow",
      { timers, booking: triggered({ topic: "orders", start: "Shipping", id: "id" }) },
      {},
      "function booking: expected start: Booking, the function's own workflow, got Shipping",
    ],
    [
      "a trigger without a topic",
      { timers, booking: triggered({ start: "Booking", id: "id" }) },
      {},
      "function booking: expected a topic whose messages start Booking, got none",
    ],
    [
      "a trigger without the way to an id",
      { timers, booking: triggered({ topic: "orders", start: "Booking" }) },
      {},
      "function booking: expected id: where the workflow id is in the message's JSON, as order.id, got none",
    ],
    [
      "a way to an id in another language",
      { timers, booking: triggered({ topic: "orders", start: "Booking", id: "$.order.id" }) },
      {},
      "as order.id, got $.order.id",
    ],
    [
      "a signal without a channel",
      { timers, booking: triggered({ topic: "orders", signal: "Booking", id: "id" }) },
      {},
      "function booking: expected a channel of Booking that takes the signals, got none",
    ],
    [
      "a start with a channel",
      { timers, booking: triggered({ topic: "orders", start: "Booking", id: "id", channel: "x" }) },
      {},
      "function booking: expected no channel in the event of a start, got x",
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
    expect(plan(functions).bridge).toMatchObject({ routes: { length: 5 } });
  });
});
