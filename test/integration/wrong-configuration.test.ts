import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  onTestFinished,
  test,
  vi,
} from "vitest";
import { type Pulsar, startPulsar } from "../../infra/local/pulsar.ts";
import { tokenIssuer } from "../../infra/local/token-issuer.ts";
import { PulsarAdmin } from "../../infra/topics/pulsar-admin.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { bridgeFunction } from "../../lib/lambda/bridge-function.ts";
import type { Broker } from "../../lib/ports/broker.ts";
import { createTestTable } from "../contract/dynamodb-table.ts";
import { refusal, startLambdaApiStub } from "../contract/lambda-api.ts";
import { packaged, ran, sampleWith } from "./sample-service.ts";
import { type NotingFunctions, startNotingFunctions } from "./wrong-configuration/noting-functions.ts";
import { type ObservedBridge, startObservedBridge } from "./wrong-configuration/observed-bridge.ts";
import { backlogOf, expectAllOrders, newRoutes, publishOrders } from "./wrong-configuration/orders.ts";

const SERVERLESS = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
const pulsar = inject("pulsar");
const dynamodb = inject("dynamodb");

const POLL = { timeout: 60_000, interval: 50 };
const START_MS = 240_000;
const ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders";

const BROKERS: readonly [string, boolean, () => Broker][] = [
  ["the embedded broker", true, () => new MemoryBroker()],
  ["a real Pulsar", pulsar !== undefined, () => new PulsarWebSocketBroker({ webUrl: pulsar?.webUrl ?? "" })],
];

for (const [name, isThere, connect] of BROKERS) {
  // Skipped where nothing can run a Pulsar: the run says so at its beginning.
  describe.skipIf(!isThere)(`a function on ${name}`, () => {
    test.each([
      [
        "an unknown function",
        refusal(404, "ResourceNotFoundException", { Type: "User", Message: `Function not found: ${ARN}` }),
        `MisconfiguredError: expected function orders to be invoked, got 404 ResourceNotFoundException: Function not found: ${ARN}`,
      ],
      [
        "access denied",
        refusal(403, "AccessDeniedException", {
          Message: `User: bridge is not authorized to perform: lambda:InvokeFunction on resource: ${ARN}`,
        }),
        `MisconfiguredError: expected function orders to be invoked, got 403 AccessDeniedException: User: bridge is not authorized to perform: lambda:InvokeFunction on resource: ${ARN}`,
      ],
    ])(
      "D6: %s is told in the bridge's health; its messages wait, unacknowledged, and go on once that is put right",
      async (_, refused, message) => {
        const { orders, parcels, both } = newRoutes();
        const functions = await startNotingFunctions();
        onTestFinished(() => functions.close());
        functions.refusals.set("orders", refused);
        const broker = connect();
        const bridge = await startObservedBridge({
          broker,
          lambdaEndpoint: functions.endpoint,
          routes: both,
        });
        onTestFinished(() => bridge.close());
        await expect
          .poll(() => bridge.health(), POLL)
          .toEqual({ status: 200, ready: true, healthIssues: [] });

        await publishOrders(broker, orders.topic);
        await broker.publish({ topic: parcels.topic, payload: "parcel" });
        await expect.poll(() => bridge.metric("messages_held", orders.topic), POLL).toBe(5);
        await expect
          .poll(() => bridge.health(), POLL)
          .toEqual({
            status: 503,
            ready: false,
            healthIssues: [{ subject: "function:orders", message, attempts: expect.any(Number) }],
          });
        expect(bridge.log.map((line) => JSON.parse(line))).toContainEqual(
          expect.objectContaining({ level: "warn", subject: "function:orders", message }),
        );
        await expect.poll(() => functions.given("parcels"), POLL).toEqual(["parcel"]);
        expect(await bridge.metric("messages_acknowledged_total", orders.topic)).toBe(0);
        if (pulsar && name === "a real Pulsar") expect(await backlogOf(pulsar.webUrl, orders.topic)).toBe(5);

        functions.refusals.clear();
        await expect.poll(() => bridge.metric("messages_acknowledged_total", orders.topic), POLL).toBe(5);
        expectAllOrders(functions);
        expect(await bridge.health()).toEqual({ status: 200, ready: true, healthIssues: [] });
        if (pulsar && name === "a real Pulsar")
          await expect.poll(() => backlogOf(pulsar.webUrl, orders.topic), POLL).toBe(0);
      },
    );
  });
}

describe.skipIf(pulsar === undefined)("a Pulsar that asks for tokens", () => {
  const tokens = tokenIssuer();
  let own: Pulsar;
  let functions: NotingFunctions;
  beforeAll(async () => {
    own = await startPulsar({ tokens });
  }, START_MS);
  afterAll(() => own.stop(), START_MS);
  beforeEach(async () => {
    functions = await startNotingFunctions();
  });
  afterEach(() => functions.close());

  const connect = (token: string) => {
    const broker = new PulsarWebSocketBroker({ webUrl: own.webUrl, token });
    onTestFinished(() => broker.close());
    return broker;
  };
  const carry = (broker: Broker, routes: ReturnType<typeof newRoutes>["both"]): Promise<ObservedBridge> =>
    startObservedBridge({ broker, lambdaEndpoint: functions.endpoint, routes });

  test.each([
    ["a bad token", "not-a-token", 401],
    ["a token without rights", tokens.tokenOf("stranger"), 403],
  ])(
    "D6: %s is told at deploy and in the bridge's health; messages wait for a good one",
    async (_, bad, status) => {
      const { orders, both } = newRoutes();
      const admin = new PulsarAdmin({
        adminUrl: own.webUrl,
        tenant: "public",
        namespace: "default",
        token: bad,
      });
      await expect(admin.keeping()).rejects.toMatchObject({
        code: "MISCONFIGURED",
        message: expect.stringMatching(new RegExp(`^expected a token that may GET .*, got HTTP ${status}`)),
      });

      const client = connect(tokens.admin);
      await client.ensureSubscription({ ...orders, subscription: "infinitic" });
      await publishOrders(client, orders.topic);
      const refused = await carry(connect(bad), both);
      const path = `${own.webUrl.replace("http", "ws")}/ws/v2/consumer/persistent/public/default`;
      await expect
        .poll(() => refused.health(), POLL)
        .toMatchObject({
          status: 503,
          healthIssues: expect.arrayContaining([
            {
              subject: `subscription:${orders.topic}`,
              message: `MisconfiguredError: expected a token with which the broker accepts ${path}/${encodeURIComponent(orders.topic)}/infinitic, got HTTP ${status}`,
              attempts: expect.any(Number),
            },
          ]),
        });
      expect(refused.log.join()).not.toContain(bad);
      await refused.close();
      expect(await backlogOf(own.webUrl, orders.topic, tokens.admin)).toBe(5);

      const accepted = await carry(client, both);
      await expect.poll(() => backlogOf(own.webUrl, orders.topic, tokens.admin), POLL).toBe(0);
      expectAllOrders(functions);
      expect(await accepted.health()).toMatchObject({ status: 200, healthIssues: [] });
      await accepted.close();
    },
  );

  test.skipIf(dynamodb === undefined)(
    "D6: a bad token ends the bridge's function with the reason in its log and in its metrics, and frees its slot",
    async () => {
      const secrets = await startLambdaApiStub((_request, response) => {
        response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
        response.end(JSON.stringify({ Parameter: { Value: token } }));
      });
      onTestFinished(() => secrets.close());
      let token = "not-a-token";
      const { orders, both } = newRoutes();
      const client = connect(tokens.admin);
      await client.ensureSubscription({ ...orders, subscription: "infinitic" });
      await publishOrders(client, orders.topic);
      const table = await createTestTable(dynamodb?.endpoint ?? "");
      const pulsarSettings = { webUrl: own.webUrl, token: "ssm:/shop/pulsar-token" };
      for (const [name, value] of Object.entries({
        AWS_REGION: "local",
        AWS_ACCESS_KEY_ID: "local",
        AWS_SECRET_ACCESS_KEY: "local",
        AWS_ENDPOINT_URL_DYNAMODB: dynamodb?.endpoint ?? "",
        AWS_ENDPOINT_URL_LAMBDA: functions.endpoint,
        AWS_ENDPOINT_URL_SSM: secrets.endpoint,
        INFINITIC_TABLE: table.name,
        INFINITIC_SERVICE: "shop-dev",
        INFINITIC_PULSAR: JSON.stringify(pulsarSettings),
        INFINITIC_BRIDGE: JSON.stringify({ routes: both.map((route) => ({ ...route, timeoutMs: 5_000 })) }),
      }))
        vi.stubEnv(name, value);
      onTestFinished(() => void vi.unstubAllEnvs());
      const log: string[] = [];
      vi.spyOn(console, "error").mockImplementation((line) => void log.push(String(line)));
      vi.spyOn(process.stdout, "write").mockImplementation((line) => log.push(String(line)) > 0);
      onTestFinished(() => void vi.restoreAllMocks());

      const handler = bridgeFunction({ times: { connectMs: 3_000 } });
      const context = { functionName: "shop-dev-bridge", getRemainingTimeInMillis: () => 900_000 };
      expect(await handler({ kind: "schedule", slot: 0 }, context)).toEqual({ end: "no broker" });
      expect(await table.open(systemClock).leases.read(0)).toMatchObject({ state: "free" });
      const lines = log.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as object);
      const issue = {
        subject: `subscription:${orders.topic}`,
        message: expect.stringContaining(
          "MisconfiguredError: expected a token with which the broker accepts",
        ),
        attempts: expect.any(Number),
      };
      expect(lines).toContainEqual({ level: "warn", ...issue });
      expect(lines).toContainEqual(
        expect.objectContaining({
          Service: "shop-dev",
          HealthIssues: 3,
          lasting: expect.arrayContaining([issue]),
        }),
      );
      expect(log.join()).not.toContain(token);

      token = tokens.admin;
      // One that the schedule starts only looks: the messages may come too late for the first.
      const look = async (): Promise<number> => {
        expect(await handler({ kind: "schedule", slot: 0 }, context)).toEqual({ end: "idle" });
        return backlogOf(own.webUrl, orders.topic, tokens.admin);
      };
      await expect.poll(look, POLL).toBe(0);
      expectAllOrders(functions);
    },
    START_MS,
  );

  test(
    "D6: a broker that is down is told in the bridge's health; it is connected again by itself, and nothing is lost",
    async () => {
      const { orders, parcels, both } = newRoutes();
      const client = connect(tokens.admin);
      const bridge = await carry(connect(tokens.admin), both);
      onTestFinished(() => bridge.close());
      await expect.poll(() => bridge.health(), POLL).toMatchObject({ status: 200 });
      const answering = Promise.withResolvers<void>();
      functions.answering = answering.promise;
      functions.emit = (payload) =>
        payload.startsWith("parcel") ? undefined : { topic: parcels.topic, payload: `parcel of ${payload}` };
      await publishOrders(client, orders.topic);
      await expect.poll(() => functions.given("orders"), POLL).toContain("a1");

      await own.kill();
      answering.resolve();
      const away = { message: expect.stringMatching(/^BrokerUnavailableError: .*ECONNREFUSED/) };
      await expect
        .poll(() => bridge.health(), POLL)
        .toMatchObject({
          status: 503,
          healthIssues: expect.arrayContaining([
            expect.objectContaining({ subject: `consumer:${orders.topic}`, ...away }),
          ]),
        });

      await own.restart();
      await expect.poll(() => bridge.health(), POLL).toEqual({ status: 200, ready: true, healthIssues: [] });
      await expect.poll(() => backlogOf(own.webUrl, orders.topic, tokens.admin), POLL).toBe(0);
      await expect.poll(() => backlogOf(own.webUrl, parcels.topic, tokens.admin), POLL).toBe(0);
      expectAllOrders(functions);
      const parcelsOf = ["a1", "a2", "a3", "b1", "b2"].map((order) => `parcel of ${order}`);
      expect(functions.given("parcels").toSorted()).toEqual(parcelsOf);
    },
    START_MS,
  );
});

describe("what a deployment is told", () => {
  test.skipIf(pulsar === undefined)(
    "D6: another number of partitions is refused by `serverless infinitic topics`, which says why and changes nothing",
    async () => {
      const webUrl = pulsar?.webUrl ?? "";
      const tenant = `divided-${randomUUID().slice(0, 8)}`;
      const admin = new PulsarAdmin({ adminUrl: webUrl, tenant, namespace: "default" });
      await admin.createTenant();
      await admin.createNamespace();
      await admin.createTopic("workflow-engine:Booking", 2);
      const before = await admin.topics();
      const settings = `    pulsar:\n      tenant: ${tenant}\n      partitions: 3\n`;
      const directory = await sampleWith((yaml) => yaml.replace("    pulsar:\n", settings));
      const refused = await ran([SERVERLESS, "infinitic", "topics"], directory, { PULSAR_WEB_URL: webUrl });
      expect(refused.code).toBe(1);
      expect(refused.said).toContain(
        "topic workflow-engine:Booking: expected 3 partitions, got 2 partitions. Its keys are read in order",
      );
      expect(refused.said).not.toMatch(/^\s+at /m);
      expect(await admin.topics()).toEqual(before);
    },
    START_MS,
  );

  test(
    "D6: a service timeout too long for the Lambda bridge is refused by `serverless package`, which names the ways out",
    async () => {
      const directory = await sampleWith((yaml) =>
        yaml.replace("handler: functions/booking/flights.handler\n", "$&    timeout: 301\n"),
      );
      const { code, said } = await packaged(directory);
      expect(code).toBe(1);
      expect(said).toContain(
        "function flights: expected a timeout of at most 300 s, which a bridge in a Lambda can serve, got 301 s: run the bridge in a container, or delegate the task",
      );
      expect(said).not.toMatch(/^\s+at /m);
    },
    START_MS,
  );
});
