import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { desiredTopics } from "../../infra/topics/desired-topics.ts";
import { manageTopics } from "../../infra/topics/manage-topics.ts";
import { PulsarAdmin } from "../../infra/topics/pulsar-admin.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";

const pulsar = inject("pulsar");

const ROUTES = {
  routes: [
    { topic: "workflow-engine:Booking", type: "key_shared", functionName: "booking", timeoutMs: 1_000 },
    { topic: "task-executor:Flights", type: "shared", functionName: "flights", timeoutMs: 1_000 },
  ],
  triggers: [{ kind: "start", topic: "orders", subscription: "own", id: "id", workflow: "Booking" }],
} as const;

const unique = (): string => crypto.randomUUID().slice(0, 8);

async function manage(admin: PulsarAdmin, partitions?: number) {
  const lines: string[] = [];
  const done = await manageTopics(admin, desiredTopics(ROUTES as never, partitions), (line) =>
    lines.push(line),
  );
  return { done, lines };
}

describe.skipIf(pulsar === undefined)("topics of the real Pulsar", () => {
  const webUrl = pulsar?.webUrl ?? "";
  let admin: PulsarAdmin;
  let tenant: string;
  beforeAll(() => {
    tenant = `tenant-${unique()}`;
    admin = new PulsarAdmin({ adminUrl: webUrl, tenant, namespace: "shop" });
  });

  test("are created with tenant, namespace, policies and subscriptions; the second time nothing is done", async () => {
    const { lines } = await manage(admin);
    expect(lines).toEqual([
      `Created tenant ${tenant}`,
      `Created namespace ${tenant}/shop`,
      `Set the TTL of ${tenant}/shop to 30 days`,
      `Set the retention of ${tenant}/shop to 7 days`,
      ...[
        ["workflow-engine:Booking", "infinitic"],
        ["dlq:workflow-engine:Booking", "infinitic"],
        ["task-executor:Flights", "infinitic"],
        ["dlq:task-executor:Flights", "infinitic"],
        ["orders", "own"],
        ["dlq:orders", "infinitic"],
        ["delayed", "infinitic"],
        ["dlq:delayed", "infinitic"],
      ].flatMap(([topic, subscription]) => [
        `Created topic ${topic}, no partitions`,
        `Created subscription ${subscription} of ${topic}, at the earliest message`,
      ]),
      `8 topics in ${tenant}/shop are as they have to be`,
    ]);
    expect(await manage(admin)).toEqual({ done: 0, lines: [`Nothing to do for 8 topics in ${tenant}/shop`] });
    expect(await admin.keeping()).toEqual({
      ttlSeconds: 2_592_000,
      retention: { minutes: 10_080, megabytes: -1 },
    });
  });

  test.each([
    ["my=org:1", "prod:eu=1.a"],
    ["-_.", "a..b"],
  ])("EDG-82 of tenant %s and namespace %s are made, sent to and read", async (prefix, namespace) => {
    const own = `${prefix}${unique()}`;
    const admin = new PulsarAdmin({ adminUrl: webUrl, tenant: own, namespace });
    await manage(admin);
    expect((await manage(admin)).done).toBe(0);
    const broker = new PulsarWebSocketBroker({ webUrl, tenant: own, namespace });
    onTestFinished(() => broker.close());
    await broker.publish({ topic: "orders", payload: "first" });
    const options = { topic: "orders", subscription: "own", type: "shared", prefetch: 1 } as const;
    expect((await (await broker.subscribe(options)).receive())?.payload).toBe("first");
  });

  test.each([
    ["a b & 50%?#;", "s"],
    ['\u00fc<"\\\u2603', "a/b: c"],
    ["+~a..b", "\u00fc ?#"],
  ])(
    "EDG-82 with the name %j and the subscription %j are made, sent to and read",
    async (topic, subscription) => {
      const namespace = `names-${unique()}`;
      const admin = new PulsarAdmin({ adminUrl: webUrl, tenant, namespace });
      const desired = [
        { name: topic, isOrdered: true, partitions: undefined, subscriptions: [subscription] },
      ];
      await manageTopics(admin, desired, () => undefined);
      expect(await manageTopics(admin, desired, () => undefined)).toBe(0);
      const broker = new PulsarWebSocketBroker({ webUrl, tenant, namespace });
      onTestFinished(() => broker.close());
      await broker.publish({ topic, payload: "first" });
      const consumer = await broker.subscribe({ topic, subscription, type: "key_shared", prefetch: 1 });
      expect((await consumer.receive())?.payload).toBe("first");
      expect(await admin.subscriptions(topic)).toEqual([subscription]);
    },
  );

  test("get subscriptions that have what was sent before", async () => {
    const namespace = `late-${unique()}`;
    const late = new PulsarAdmin({ adminUrl: webUrl, tenant, namespace });
    await manage(late);
    const broker = new PulsarWebSocketBroker({ webUrl, tenant, namespace });
    onTestFinished(() => broker.close());
    await broker.publish({ topic: "orders", payload: "early" });
    await late.createSubscription("orders", "second");
    const options = { topic: "orders", subscription: "second", type: "shared", prefetch: 1 } as const;
    expect((await (await broker.subscribe(options)).receive())?.payload).toBe("early");
  });

  test("that are read in order keep their number of partitions, with the reason, and nothing else is changed", async () => {
    const wanted = new PulsarAdmin({ adminUrl: webUrl, tenant, namespace: `divided-${unique()}` });
    await manage(wanted, 4);
    expect((await wanted.topics()).get("workflow-engine:Booking")).toBe(4);
    expect((await wanted.topics()).get("delayed")).toBe(0);
    expect((await manage(wanted, 4)).done).toBe(0);
    await expect(manage(wanted, 8)).rejects.toMatchObject({
      code: "MISCONFIGURED",
      message: expect.stringContaining(
        "topic workflow-engine:Booking: expected 8 partitions, got 4 partitions. Its keys are read in order",
      ),
    });
    expect((await wanted.topics()).get("task-executor:Flights")).toBe(4);
  });

  test("of tasks may be given more partitions", async () => {
    const wanted = new PulsarAdmin({ adminUrl: webUrl, tenant, namespace: `tasks-${unique()}` });
    const topics = (partitions: number) => desiredTopics({ routes: [ROUTES.routes[1]] as never }, partitions);
    await manageTopics(wanted, topics(2), () => undefined);
    const lines: string[] = [];
    expect(await manageTopics(wanted, topics(3), (line) => lines.push(line))).toBe(1);
    expect(lines[0]).toBe("Gave topic task-executor:Flights 3 partitions");
    await expect(manageTopics(wanted, topics(1), () => undefined)).rejects.toThrow(
      "Pulsar removes no partitions",
    );
  });

  test("with partitions give each key's messages in order, to one of two consumers", async () => {
    const namespace = `order-${unique()}`;
    await manage(new PulsarAdmin({ adminUrl: webUrl, tenant, namespace }), 4);
    const broker = new PulsarWebSocketBroker({ webUrl, tenant, namespace });
    onTestFinished(() => broker.close());
    const options = {
      topic: "workflow-engine:Booking",
      subscription: "infinitic",
      type: "key_shared",
      prefetch: 50,
    } as const;
    const consumers = [await broker.subscribe(options), await broker.subscribe(options)];
    const KEYS = 30;
    const EACH = 20;
    for (let nth = 0; nth < EACH; nth++) {
      await Promise.all(
        Array.from({ length: KEYS }, (_, key) =>
          broker.publish({ topic: options.topic, key: `k${key}`, payload: `${nth}` }),
        ),
      );
    }
    const seen = new Map<string, { readonly by: number; readonly payload: string }[]>();
    const ids = new Set<string>();
    let left = KEYS * EACH;
    await Promise.all(
      consumers.map(async (consumer, by) => {
        for (;;) {
          const message = await consumer.receive();
          if (message === undefined) return;
          const { key = "", payload, id } = message;
          ids.add(id);
          seen.set(key, [...(seen.get(key) ?? []), { by, payload }]);
          consumer.acknowledge(message);
          left -= 1;
          if (left === 0) await Promise.all(consumers.map((one) => one.close()));
        }
      }),
    );
    expect(ids.size).toBe(KEYS * EACH);
    expect(seen.size).toBe(KEYS);
    for (const messages of seen.values()) {
      expect(messages.map(({ payload }) => payload)).toEqual(
        Array.from({ length: EACH }, (_, nth) => `${nth}`),
      );
      expect(new Set(messages.map(({ by }) => by)).size).toBe(1);
    }
  });
});

describe("an admin API that does not do what it is asked", () => {
  async function answering(status: number, text: string): Promise<PulsarAdmin> {
    const server = createServer((_request, response) => response.writeHead(status).end(text));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const adminUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new PulsarAdmin({ adminUrl, tenant: "public", namespace: "default", token: "wrong" });
  }

  test.each([
    [401, "MISCONFIGURED", "expected a token that may GET http://127.0.0.1"],
    [403, "MISCONFIGURED", "/admin/v2/namespaces/public/default, got HTTP 403 no"],
    [500, "BROKER_UNAVAILABLE", "expected Pulsar's admin API to take GET http://127.0.0.1"],
  ])("is told by its answer: %i", async (status, code, message) => {
    const refused = manage(await answering(status, "no"));
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    await expect(refused).rejects.not.toThrow("wrong");
  });

  test("is told by its address when it cannot be reached", async () => {
    const admin = new PulsarAdmin({ adminUrl: "http://127.0.0.1:2", tenant: "public", namespace: "default" });
    await expect(manage(admin)).rejects.toMatchObject({
      code: "BROKER_UNAVAILABLE",
      message: expect.stringContaining(
        "expected Pulsar's admin API at http://127.0.0.1:2, got: connect ECONNREFUSED",
      ),
    });
  });
});
