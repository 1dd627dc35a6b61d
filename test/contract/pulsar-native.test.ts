import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { startPulsar } from "../../infra/local/pulsar.ts";
import {
  loadPulsarClient,
  type NativeAddress,
  type PulsarClient,
} from "../../lib/adapters/pulsar-native/client.ts";
import { PulsarNativeBroker } from "../../lib/adapters/pulsar-native/pulsar-native-broker.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import type { Broker, Consumer } from "../../lib/ports/broker.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { type BrokerSubject, brokerContract } from "./broker.ts";
import { take, until } from "./broker-reader.ts";
import { brokerRestartContract } from "./broker-restart.ts";
import { type ConsumerDouble, PulsarClientDouble } from "./pulsar-client-double.ts";
import { PulsarWire } from "./pulsar-wire.ts";

const SERVICE_URL = "pulsar://localhost:6650";

brokerContract("npm pulsar-client's double, on the embedded broker", async () => {
  const double = new PulsarClientDouble();
  const consumers = new Map<Consumer, readonly ConsumerDouble[]>();
  const clients: Broker[] = [];
  return {
    connect() {
      const broker = new PulsarNativeBroker({ serviceUrl: SERVICE_URL, load: async () => double.module });
      clients.push(broker);
      const subscribe: Broker["subscribe"] = async (options) => {
        const before = double.consumers.length;
        const consumer = await broker.subscribe(options);
        consumers.set(consumer, double.consumers.slice(before));
        return consumer;
      };
      return {
        subscribe,
        publish: (message) => broker.publish(message),
        ensureSubscription: (options) => broker.ensureSubscription(options),
        close: () => broker.close(),
      };
    },
    cut: (consumer) => {
      for (const one of consumers.get(consumer) ?? []) one.cut();
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      await double.broker.close();
    },
  } satisfies BrokerSubject;
});

describe("Pulsar's own client", () => {
  const subscription = { topic: "t", subscription: "s", type: "shared", prefetch: 20 } as const;
  const message = { topic: "t", key: "k", payload: "p" };
  const TOPIC = "persistent://public/default/t";
  let clock: ManualClock;
  let double: PulsarClientDouble;
  let healthIssues: string[];
  let broker: PulsarNativeBroker;
  beforeEach(() => {
    clock = new ManualClock();
    double = new PulsarClientDouble();
    healthIssues = [];
    broker = open();
  });
  afterEach(() => broker.close());

  function open(more: Partial<NativeAddress> = {}): PulsarNativeBroker {
    const onHealthIssue = (issue: string): void => void healthIssues.push(issue);
    const load = async (): Promise<PulsarClient> => double.module;
    return new PulsarNativeBroker({ serviceUrl: SERVICE_URL, clock, onHealthIssue, load, ...more });
  }

  /** Makes the client fail as often as there are results, in a method. */
  function failing(name: string, ...results: readonly string[]): void {
    const left = [...results];
    double.onCall = (called) => {
      const result = called === name ? left.shift() : undefined;
      if (result !== undefined) throw new Error(`Failed to do it: ${result}`);
    };
  }

  test("publishes one by one, to the partition that the WebSocket API has for a key, and blocks nobody", async () => {
    await broker.publish(message);
    expect(double.given("createProducer")).toEqual([
      {
        topic: TOPIC,
        batchingEnabled: false,
        chunkingEnabled: false,
        maxPendingMessages: 1_000_000,
        maxPendingMessagesAcrossPartitions: 1_000_000,
        blockIfQueueFull: false,
        sendTimeoutMs: 30_000,
        messageRoutingMode: "UseSinglePartition",
        hashingScheme: "JavaStringHash",
      },
    ]);
    expect(double.given("send")).toEqual([{ data: Buffer.from("p"), partitionKey: "k" }]);
  });

  test("has one producer for a topic, and one client for all", async () => {
    const other = { ...message, topic: "other" };
    await Promise.all([message, other, message, other].map((one) => broker.publish(one)));
    expect(double.given("createProducer")).toMatchObject([
      { topic: TOPIC },
      { topic: "persistent://public/default/other" },
    ]);
    expect(double.given("new Client")).toHaveLength(1);
  });

  test.each([
    ["key_shared", "KeyShared"],
    ["shared", "Shared"],
    ["failover", "Failover"],
  ] as const)(
    "reads a %s subscription from its earliest message, redelivering nothing by itself",
    async (type, subscriptionType) => {
      await broker.subscribe({ ...subscription, type });
      expect(double.given("subscribe")).toEqual([
        {
          topic: TOPIC,
          subscription: "s",
          subscriptionType,
          subscriptionInitialPosition: "Earliest",
          receiverQueueSize: 10,
          ackTimeoutMs: 0,
        },
      ]);
    },
  );

  test("is asked for topics of a tenant's namespace", async () => {
    broker = open({ tenant: "acme", namespace: "prod" });
    await broker.publish(message);
    await broker.ensureSubscription(subscription);
    expect(double.given("createProducer")).toMatchObject([{ topic: "persistent://acme/prod/t" }]);
    expect(double.given("subscribe")).toMatchObject([{ topic: "persistent://acme/prod/t" }]);
    expect(double.names.slice(-2)).toEqual(["subscribe", "consumer.close"]);
  });

  test("looks whose certificate it is, and which authority has signed it", async () => {
    broker = open({ serviceUrl: "pulsar+ssl://pulsar.example.com:6651", trustCertsPath: "/ca.pem" });
    await broker.publish(message);
    expect(double.given("new Client")).toMatchObject([
      {
        serviceUrl: "pulsar+ssl://pulsar.example.com:6651",
        tlsValidateHostname: true,
        tlsAllowInsecureConnection: false,
        tlsTrustCertsFilePath: "/ca.pem",
      },
    ]);
  });

  test("says who it is by a token, or by OAuth 2.0", async () => {
    const token = async (): Promise<string> => "secret";
    const oauth2 = { issuerUrl: "https://login.example.com", clientId: "bridge", clientSecret: "secret" };
    const brokers = [
      open({ authentication: { kind: "token", token } }),
      open({ authentication: { kind: "oauth2", ...oauth2, audience: "urn:pulsar" } }),
    ];
    for (const one of brokers) await one.publish(message);
    expect(double.given("new Client")).toMatchObject([
      { authentication: { params: { token } } },
      {
        authentication: {
          params: {
            type: "client_credentials",
            issuer_url: "https://login.example.com",
            client_id: "bridge",
            client_secret: "secret",
            audience: "urn:pulsar",
          },
        },
      },
    ]);
    await Promise.all(brokers.map((one) => one.close()));
  });

  test("closes its consumers once they have acknowledged, then its producers, and its connections last", async () => {
    const consumer = await broker.subscribe(subscription);
    await broker.publish(message);
    const [received] = await take(consumer, 1);
    if (received) consumer.acknowledge(received);
    await broker.close();
    expect(double.names.slice(-4)).toEqual([
      "acknowledgeId",
      "consumer.close",
      "producer.close",
      "client.close",
    ]);
  });

  test.each(["AuthenticationError", "AuthorizationError", "ConsumerBusy", "InvalidTopicName"])(
    "is misconfigured when it fails with %s",
    async (result) => {
      const misconfigured = { code: "MISCONFIGURED", message: expect.stringContaining(result) };
      failing("createProducer", result);
      await expect(broker.publish(message)).rejects.toMatchObject(misconfigured);
      failing("getPartitionsForTopic", result);
      await expect(broker.subscribe(subscription)).rejects.toMatchObject(misconfigured);
      failing("subscribe", result, result);
      await expect(broker.subscribe(subscription)).rejects.toMatchObject(misconfigured);
      await expect(broker.ensureSubscription(subscription)).rejects.toMatchObject(misconfigured);
    },
  );

  test("is asked again while the broker is away, and its health issues are told", async () => {
    failing("createProducer", "TimeOut", "ConnectError");
    const published = broker.publish(message);
    await until(() => healthIssues.length === 1);
    expect(broker.healthIssues).toMatchObject([{ subject: `producer:${TOPIC}`, attempts: 1 }]);
    await clock.advance(100);
    await until(() => healthIssues.length === 2);
    await clock.advance(200);
    expect(await published).not.toBe("");
    expect(healthIssues).toEqual([
      expect.stringContaining("Failed to do it: TimeOut"),
      expect.stringContaining("Failed to do it: ConnectError"),
    ]);
    expect(broker.healthIssues).toEqual([]);
  });

  test("EDG-11 says that a message is too large where the broker is set to take less", async () => {
    failing("send", "MessageTooBig");
    await expect(broker.publish(message)).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE" });
  });

  test("gets a new producer after one has failed", async () => {
    failing("send", "TopicTerminated");
    await expect(broker.publish(message)).rejects.toMatchObject({ message: /TopicTerminated/ });
    await broker.publish(message);
    expect(double.names.filter((name) => name !== "send")).toEqual([
      "new Client",
      "createProducer",
      "producer.close",
      "createProducer",
    ]);
  });

  test("gets a new consumer when it has been without a connection for a minute", async () => {
    const consumer = await broker.subscribe(subscription);
    double.consumers[0]?.lose();
    await clock.advance(61_000);
    await until(() => double.consumers.length === 2);
    await broker.publish(message);
    expect(await consumer.receive()).toMatchObject({ payload: "p" });
  });

  test("that reconnected unseen is found out when a message comes again, which alone is current then", async () => {
    const consumer = await broker.subscribe(subscription);
    await broker.publish(message);
    const [first] = await take(consumer, 1);
    double.consumers[0]?.reconnect();
    const [second] = await take(consumer, 1);
    expect(second?.id).toBe(first?.id);
    expect(first && consumer.isCurrent(first)).toBe(false);
    expect(second && consumer.isCurrent(second)).toBe(true);
    if (first) consumer.acknowledge(first);
    expect(double.given("acknowledgeId")).toEqual([]);
    if (second) consumer.acknowledge(second);
    expect(double.given("acknowledgeId")).toHaveLength(1);
  });

  test("reads each partition apart: what one has brought stays current when another's connection is gone", async () => {
    double.partitions.set(TOPIC, [`${TOPIC}-partition-0`, `${TOPIC}-partition-1`]);
    const consumer = await broker.subscribe(subscription);
    expect(double.given("subscribe")).toMatchObject(
      [0, 1].map((nth) => ({ topic: `${TOPIC}-partition-${nth}`, receiverQueueSize: 5 })),
    );
    for (const nth of [0, 1]) await broker.publish({ topic: `t-partition-${nth}`, payload: `p${nth}` });
    const received = await take(consumer, 2);
    double.consumers[0]?.lose();
    const isCurrent = (payload: string): boolean =>
      received.some((one) => one.payload === payload && consumer.isCurrent(one));
    expect([isCurrent("p0"), isCurrent("p1")]).toEqual([false, true]);
  });

  test("is asked each minute whether a topic has more partitions", async () => {
    double.partitions.set(TOPIC, [`${TOPIC}-partition-0`]);
    const consumer = await broker.subscribe(subscription);
    double.partitions.set(TOPIC, [`${TOPIC}-partition-0`, `${TOPIC}-partition-1`]);
    await clock.advance(61_000);
    await until(() => double.consumers.length === 2);
    await broker.publish({ topic: "t-partition-1", payload: "new" });
    expect(await consumer.receive()).toMatchObject({ topic: "t", payload: "new" });
  });

  test("does not keep a broker from closing while it connects", async () => {
    const never = new Promise<never>(() => undefined);
    const client = double.module.Client.prototype;
    client.createProducer = client.subscribe = client.getPartitionsForTopic = () => never;
    const load = async (): Promise<PulsarClient> => ({
      ...double.module,
      Client: client.constructor as PulsarClient["Client"],
    });
    const stuck = new PulsarNativeBroker({ serviceUrl: SERVICE_URL, clock, load });
    const calls = Promise.allSettled([
      stuck.publish(message),
      stuck.subscribe(subscription),
      stuck.ensureSubscription(subscription),
    ]);
    await until(() => double.given("new Client").length === 1);
    await stuck.close();
    for (const call of await calls) {
      expect(call).toMatchObject({ status: "rejected", reason: { code: "BROKER_CLOSED" } });
    }
  });
});

const pulsar = inject("pulsar");
const missing = await loadPulsarClient().then(
  () => undefined,
  (error: Error) => error.message,
);

if (missing !== undefined) {
  test(`broker: Pulsar, through npm pulsar-client, is not tested here: ${missing}`, () => {
    expect(missing).toMatch(/^expected npm pulsar-client with its binary/);
  });
} else if (pulsar !== undefined) {
  /** Makes clients of a cluster, each by a wire of its own, and closes them all. */
  const clientsOf = async (serviceUrl: string) => {
    const wires = await Promise.all([1, 2, 3].map(() => PulsarWire.to(serviceUrl)));
    const clients: PulsarNativeBroker[] = [];
    const wireOf = new Map<Consumer, PulsarWire>();
    return {
      connect() {
        const wire = wires[clients.length];
        if (wire === undefined) throw new Error("expected a wire for each client");
        const client = new PulsarNativeBroker({ serviceUrl: wire.serviceUrl });
        clients.push(client);
        const subscribe = client.subscribe.bind(client);
        client.subscribe = async (options) => {
          const consumer = await subscribe(options);
          wireOf.set(consumer, wire);
          return consumer;
        };
        return client;
      },
      cut: (consumer: Consumer) => wireOf.get(consumer)?.cut(),
      async closeAll() {
        await Promise.all(clients.map((client) => client.close()));
        await Promise.all(wires.map((wire) => wire.close()));
      },
    };
  };

  brokerContract("Pulsar, through npm pulsar-client", async () => {
    const { connect, cut, closeAll } = await clientsOf(pulsar.serviceUrl);
    return { connect, cut, stop: closeAll, endsTextAtNul: true };
  });

  brokerRestartContract("Pulsar, through npm pulsar-client", async () => {
    const own = await startPulsar();
    const clients: Broker[] = [];
    return {
      connect() {
        const client = new PulsarNativeBroker({ serviceUrl: own.serviceUrl });
        clients.push(client);
        return client;
      },
      kill: own.kill,
      restart: own.restart,
      async stop() {
        await Promise.all(clients.map((client) => client.close()));
        await own.stop();
      },
    };
  });

  test("a message has one id, whichever adapter published it and whichever brings it", async () => {
    const native = new PulsarNativeBroker({ serviceUrl: pulsar.serviceUrl });
    const webSocket = new PulsarWebSocketBroker({ webUrl: pulsar.webUrl });
    const topic = `contract:${randomUUID()}`;
    const [one, two] = await Promise.all(
      [native, webSocket].map((broker, nth) =>
        broker.subscribe({ topic, subscription: `s${nth}`, type: "key_shared", prefetch: 10 }),
      ),
    );
    const receipts = [await native.publish({ topic, key: "k", payload: "n" })];
    receipts.push(await webSocket.publish({ topic, key: "k", payload: "w" }));
    if (one) expect((await take(one, 2)).map(({ id }) => id)).toEqual(receipts);
    if (two) expect((await take(two, 2)).map(({ id }) => id)).toEqual(receipts);
    await Promise.all([native.close(), webSocket.close()]);
  });
}
