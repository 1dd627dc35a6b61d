import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import type { WebSocket } from "ws";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { RenewedToken } from "../../lib/adapters/renewed-token.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { until } from "./broker-reader.ts";
import { StubPulsar, takeAll } from "./stub-pulsar.ts";

describe("Pulsar's WebSocket API", () => {
  const subscription = { topic: "t", subscription: "s", type: "shared", prefetch: 10 } as const;
  const message = { topic: "t", key: "k", payload: "p" };
  let stub: StubPulsar;
  let webUrl: string;
  let broker: PulsarWebSocketBroker;
  let healthIssues: string[];
  beforeEach(async () => {
    stub = new StubPulsar();
    webUrl = await stub.start();
    healthIssues = [];
    broker = new PulsarWebSocketBroker({
      webUrl,
      token: "secret",
      onHealthIssue: (issue) => healthIssues.push(issue),
    });
  });
  afterEach(async () => {
    await broker.close();
    await stub.stop();
  });

  test("is told the token in a header, not in the address", async () => {
    stub.answer = () => takeAll;
    await broker.publish(message);
    expect(stub.requests[0]?.headers.authorization).toBe("Bearer secret");
    expect(stub.requests[0]?.url).toBe("/ws/v2/producer/persistent/public/default/t");
  });

  describe("with a token that is renewed", () => {
    const clock = new ManualClock();
    let token: string;
    let got: number;
    let renewing: PulsarWebSocketBroker;
    beforeEach(() => {
      token = "old";
      got = 0;
      const get = async () => {
        got += 1;
        return { value: token };
      };
      renewing = new PulsarWebSocketBroker({ webUrl, token: new RenewedToken({ get, clock }) });
      // Knows only the new one.
      stub.answer = (nth) => (stub.requests[nth]?.headers.authorization === "Bearer new" ? takeAll : 401);
    });
    afterEach(() => renewing.close());

    test("is opened again with the one that took its place", async () => {
      await expect(renewing.publish(message)).rejects.toMatchObject({ code: "MISCONFIGURED" });
      token = "new";
      await clock.advance(60_000);
      expect(await renewing.publish(message)).toBe("of 0");
      expect(stub.requests.map(({ headers }) => headers.authorization)).toEqual([
        "Bearer old",
        "Bearer old",
        "Bearer new",
      ]);
    });

    test("is not asked for one whenever it refuses", async () => {
      for (let n = 0; n < 5; n++) {
        await expect(renewing.publish(message)).rejects.toMatchObject({ code: "MISCONFIGURED" });
      }
      expect(got).toBe(1);
    });

    test("keeps it when something else is wrong", async () => {
      stub.answer = () => 404;
      await clock.advance(60_000);
      await expect(renewing.publish(message)).rejects.toMatchObject({ code: "MISCONFIGURED" });
      expect(stub.requests).toHaveLength(1);
      expect(got).toBe(1);
    });
  });

  test.each([401, 403, 404, 409])("is misconfigured when it answers %i", async (status) => {
    stub.answer = () => status;
    const misconfigured = { code: "MISCONFIGURED", message: expect.stringContaining(`HTTP ${status}`) };
    await expect(broker.publish(message)).rejects.toMatchObject(misconfigured);
    await expect(broker.subscribe(subscription)).rejects.toMatchObject(misconfigured);
    await expect(broker.ensureSubscription(subscription)).rejects.toMatchObject(misconfigured);
  });

  test.each([401, 403])("is told to want another token when it answers %i", async (status) => {
    stub.answer = () => status;
    await expect(broker.publish(message)).rejects.toThrow(
      `expected a token with which the broker accepts ${webUrl.replace("http", "ws")}/ws/v2/producer/`,
    );
  });

  test("is a issue of each that waits for it, until it is back", async () => {
    let isBack = false;
    stub.answer = () => (isBack ? takeAll : 503);
    expect(broker.healthIssues).toEqual([]);
    const waiting = [broker.subscribe(subscription), broker.publish(message)];
    await until(
      () => broker.healthIssues.length === 2 && broker.healthIssues.every(({ attempts }) => attempts > 1),
    );
    expect(broker.healthIssues).toMatchObject([
      { subject: "consumer:t", message: expect.stringMatching(/^BrokerUnavailableError: .*HTTP 503/) },
      { subject: "producer:t", message: expect.stringMatching(/^BrokerUnavailableError: .*HTTP 503/) },
    ]);
    isBack = true;
    await Promise.all(waiting);
    expect(broker.healthIssues).toEqual([]);
  });

  test("is no issue any more for who closed", async () => {
    stub.answer = () => 503;
    const waiting = broker.subscribe(subscription).catch(() => undefined);
    await until(() => broker.healthIssues.length === 1);
    await broker.close();
    await waiting;
    expect(broker.healthIssues).toEqual([]);
  });

  test("is tried again when it answers 503 or ends the socket at once, and says so", async () => {
    const answers = [503, (socket: WebSocket) => socket.terminate(), 500, takeAll];
    stub.answer = (nth) => answers[nth] ?? takeAll;
    const publishUntilStored = (): Promise<string> => broker.publish(message).catch(publishUntilStored);
    expect(await publishUntilStored()).toMatch(/^of /);
    expect(healthIssues).toEqual([expect.stringContaining("HTTP 503"), expect.stringContaining("HTTP 500")]);
  });

  test("gets waiting messages in the order of the calls, and later ones after them", async () => {
    const contents: string[] = [];
    stub.answer = (nth) => {
      if (nth === 0) return 503;
      return (socket) => {
        takeAll(socket);
        socket.on("message", (data) => contents.push(atob(JSON.parse(String(data)).payload)));
      };
    };
    const publish = (payload: string): Promise<string> => broker.publish({ ...message, payload });
    const first = publish("0");
    const later = first.then(() => publish("3"));
    await Promise.all([first, publish("1"), publish("2"), later]);
    expect(contents).toEqual(["0", "1", "2", "3"]);
  });

  test("gets a new producer after it has refused a message", async () => {
    stub.answer = (nth) => {
      if (nth > 0) return takeAll;
      return (socket) => {
        socket.on("message", (data) => {
          const { context } = JSON.parse(String(data));
          socket.send(JSON.stringify({ result: "send-error:8", errorMsg: "Topic was deleted", context }));
        });
      };
    };
    const refused = { code: "BROKER_UNAVAILABLE", message: expect.stringContaining("Topic was deleted") };
    await expect(broker.publish(message)).rejects.toMatchObject(refused);
    expect(await broker.publish(message)).toMatch(/^of /);
  });

  test.each([
    "The producer p of the topic t sends a message with 6000000 bytes that exceeds 5242880 bytes",
    "Exceed maximum message size, maxMessageSize=1000",
  ])("EDG-11 says that a message is too large where the broker is set to take less: %s", async (errorMsg) => {
    stub.answer = () => (socket) => {
      socket.on("message", (data) => {
        const { context } = JSON.parse(String(data));
        socket.send(JSON.stringify({ result: "send-error:3", errorMsg, context }));
      });
    };
    await expect(broker.publish(message)).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE" });
  });

  test("gets a new connection when what it sends is no JSON", async () => {
    stub.answer = (nth) =>
      nth === 0 ? (socket) => void socket.on("message", () => socket.send("?")) : takeAll;
    await expect(broker.publish(message)).rejects.toMatchObject({ code: "BROKER_UNAVAILABLE" });
    expect(await broker.publish(message)).toMatch(/^of /);
  });

  test("gets a consumer's connection again, however it is lost and whatever it answers meanwhile", async () => {
    const frame = { messageId: "1", payload: btoa("p"), publishTime: new Date().toISOString() };
    const bringOne = (socket: WebSocket): void => {
      socket.once("message", () => socket.send(JSON.stringify(frame)));
    };
    const answers = [(socket: WebSocket) => socket.close(1011), 401, 503, bringOne];
    stub.answer = (nth) => answers[nth] ?? 500;
    const consumer = await broker.subscribe(subscription);
    expect(await consumer.receive()).toMatchObject({ id: "1", payload: "p", properties: {} });
    expect(stub.requests).toHaveLength(4);
  });

  test("does not keep a client from closing while a connection is opened", async () => {
    stub.answer = () => "never";
    const calls = Promise.allSettled([
      broker.publish(message),
      broker.subscribe(subscription),
      broker.ensureSubscription(subscription),
    ]);
    await until(() => stub.requests.length === 3);
    await broker.close();
    for (const call of await calls) {
      expect(call).toMatchObject({ status: "rejected", reason: { code: "BROKER_CLOSED" } });
    }
  });
});

const pulsar = inject("pulsar");

describe.skipIf(pulsar === undefined)("the real Pulsar's WebSocket API", () => {
  const webUrl = pulsar?.webUrl ?? "";

  test("takes messages again after the topic of a producer was deleted", async () => {
    const broker = new PulsarWebSocketBroker({ webUrl });
    const topic = `contract:${randomUUID()}`;
    const publish = (): Promise<string> => broker.publish({ topic, key: "k", payload: "p" });
    await publish();
    const admin = `${webUrl}/admin/v2/persistent/public/default/${encodeURIComponent(topic)}?force=true`;
    expect((await fetch(admin, { method: "DELETE" })).status).toBe(204);
    const publishUntilStored = (): Promise<string> => publish().catch(publishUntilStored);
    expect(await publishUntilStored()).not.toBe("");
    await broker.close();
  });

  test("refuses a consumer of another kind than the connected ones", async () => {
    const broker = new PulsarWebSocketBroker({ webUrl });
    const options = { topic: `contract:${randomUUID()}`, subscription: "infinitic", prefetch: 10 } as const;
    await broker.subscribe({ ...options, type: "shared" });
    const other = broker.subscribe({ ...options, type: "key_shared" });
    await expect(other).rejects.toMatchObject({ code: "MISCONFIGURED" });
    await broker.close();
  });
});
