import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { WebSocket } from "ws";
import { LambdaBridgeStarter } from "../../lib/adapters/lambda/bridge-starter.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { apiHandler } from "../../lib/http/api-handler.ts";
import { fetchHandler } from "../../lib/http/fetch-handler.ts";
import type { FunctionInvoker, InvokeOutcome } from "../../lib/ports/function-invoker.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { until } from "../contract/broker-reader.ts";
import { StubPulsar, takeAll } from "../contract/stub-pulsar.ts";
import { caller, startWorld, type World } from "./world.ts";

/** What becomes of a message that the broker is sent. */
type Fate = "taken" | "connection lost" | "receipt lost" | "refused" | "never answered";

describe("an api function that slept", () => {
  let stub: StubPulsar;
  let broker: PulsarWebSocketBroker;
  let world: World;
  /** Of all messages that reached the broker, its ids in the order of their arrival. */
  let arrived: string[];
  /** Of each message that is sent, by its place on its connection and the connection's. */
  let fateOf: (nth: number, connection: number) => Fate;

  beforeEach(async () => {
    arrived = [];
    fateOf = () => "taken";
    stub = new StubPulsar();
    stub.answer = (connection) => (socket) => {
      let nth = 0;
      socket.on("message", (data) => take(socket, String(data), fateOf(nth++, connection)));
    };
    broker = new PulsarWebSocketBroker({ webUrl: await stub.start() });
    world = await startWorld({ broker });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await broker.close();
    await stub.stop();
    await world.close();
  });

  function take(socket: WebSocket, frame: string, fate: Fate): void {
    const { context, payload } = JSON.parse(frame) as { context: string; payload: string };
    const { id } = JSON.parse(Buffer.from(payload, "base64").toString()) as { id: string };
    if (fate !== "connection lost") arrived.push(id);
    if (fate === "connection lost" || fate === "receipt lost") socket.terminate();
    if (fate === "taken") socket.send(JSON.stringify({ result: "ok", messageId: "1:1", context }));
    if (fate === "refused") socket.send(JSON.stringify({ result: "send-error:3", errorMsg: "no", context }));
  }

  const start = (key: string) => world.call("POST", "/workflows/Visit", {}, { "idempotency-key": key });

  test.each<[Fate, number]>([
    ["connection lost", 1],
    ["receipt lost", 2],
    ["refused", 2],
  ])("EDG-15 sends a message again on a fresh connection, with its id: %s", async (fate, copies) => {
    fateOf = (nth, connection) => (nth === 1 && connection === 0 ? fate : "taken");
    expect((await start("first")).status).toBe(202);
    const { status } = await start("second");
    const [, ...second] = arrived;
    expect({ status, copies: second.length, ids: new Set(second).size }).toEqual({
      status: 202,
      copies,
      ids: 1,
    });
    expect(stub.requests).toHaveLength(2);
  });

  test("EDG-15 sends all that was under way again", async () => {
    fateOf = (nth, connection) => (nth > 0 && connection === 0 ? "connection lost" : "taken");
    await start("first");
    const answers = await Promise.all(["a", "b", "c", "d", "e"].map(start));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    expect(new Set(arrived).size).toBe(6);
  });

  test("EDG-15 sends a message again while connections are lost, a few times", async () => {
    fateOf = (_, connection) => (connection < 3 ? "connection lost" : "taken");
    expect((await start("one")).status).toBe(202);
    expect(arrived).toHaveLength(1);
  });

  test("EDG-15 says at last that the broker does not answer", async () => {
    fateOf = () => "connection lost";
    const { status, body } = await start("one");
    expect([status, body.code]).toEqual([503, "BROKER_UNAVAILABLE"]);
  });

  test("EDG-15 opens another connection where it would send into one that nobody hears any more", async () => {
    fateOf = (nth, connection) => (nth > 0 && connection === 0 ? "never answered" : "taken");
    await start("first");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10 * 60_000 });
    expect((await start("second")).status).toBe(202);
    expect(arrived).toHaveLength(2);
    expect(stub.requests).toHaveLength(2);
  });
});

describe("a function that is asked over a connection that the other side has closed", () => {
  let lost: number;
  let world: World;
  let starts: number;
  const lose = async (): Promise<InvokeOutcome> => ({ kind: "unavailable", message: "socket hang up" });
  beforeEach(async () => {
    world = await startWorld();
    const { invoker } = world;
    const losing: FunctionInvoker = {
      invoke: (...call) => (lost-- > 0 ? lose() : invoker.invoke(...call)),
    };
    const handler = apiHandler({
      ...world,
      invoker: losing,
      log: () => undefined,
      workflows: { Visit: { functionName: "visit" } },
    });
    world = { ...world, call: caller(fetchHandler(handler)) };
    lost = 0;
    starts = 0;
    await world.call("POST", "/workflows/Visit", { id: "v", method: "wait" });
    await world.call("GET", "/workflows/Visit/v", undefined, { prefer: "wait=20" });
  });
  afterEach(() => world.close());

  test("EDG-15 answers a query at its second try, and there is no third", async () => {
    const ask = () => world.call("GET", "/workflows/Visit/v/queries/phase");
    await expect.poll(async () => (await ask()).body.result).toBe("waiting");
    lost = 1;
    expect((await ask()).body.result).toBe("waiting");
    lost = 2;
    expect((await ask()).status).toBe(503);
  });

  test("EDG-15 tells which members a workflow has", async () => {
    lost = 1;
    const { status, body } = await world.call("POST", "/workflows/Visit/v/channels/aproved", { signal: 1 });
    expect([status, body.code]).toEqual([404, "UNKNOWN_CHANNEL"]);
  });

  test("EDG-15 is started where it is the bridge", async () => {
    const start = async (): Promise<InvokeOutcome> =>
      starts++ < lost ? lose() : { kind: "answered", payload: "" };
    const starter = new LambdaBridgeStarter({ invoker: { start }, functionName: "bridge" });
    lost = 1;
    await starter.start({ kind: "start", slot: 0 });
    expect(starts).toBe(2);
    lost = 9;
    await expect(starter.start({ kind: "start", slot: 0 })).rejects.toMatchObject({
      code: "FUNCTION_UNAVAILABLE",
    });
  });
});

describe("a producer whose connection has changed without a word", () => {
  const message = { topic: "t", key: "k", payload: "p" };
  let stub: StubPulsar;
  let clock: ManualClock;
  let broker: PulsarWebSocketBroker;
  beforeEach(async () => {
    stub = new StubPulsar();
    clock = new ManualClock();
    broker = new PulsarWebSocketBroker({ webUrl: await stub.start(), clock });
  });
  afterEach(async () => {
    await broker.close();
    await stub.stop();
  });
  const pass = async (ms: number): Promise<void> => {
    await until(() => clock.nextDueAt !== undefined);
    await clock.advance(ms);
  };

  test("EDG-15 ends one whose other side answers nothing any more, within the time that a caller waits", async () => {
    stub.answer = (nth) => (socket) => {
      takeAll(socket);
      if (nth === 0) socket.once("message", () => socket.pause());
    };
    await broker.publish(message);
    await clock.advance(10_000);
    const lost = expect(broker.publish(message)).rejects.toMatchObject({ code: "BROKER_UNAVAILABLE" });
    await pass(1_000);
    await lost;
    expect(await broker.publish(message)).toMatch(/^of /);
    expect(stub.requests).toHaveLength(2);
  });

  test("EDG-15 keeps one whose other side is there, however late the receipt", async () => {
    let receipts = 0;
    let give = (): void => undefined;
    const { promise: isHeard, resolve: heard } = Promise.withResolvers<void>();
    stub.answer = () => (socket) => {
      socket.on("message", (data) => {
        const { context }: { readonly context: string } = JSON.parse(String(data));
        give = () => socket.send(JSON.stringify({ result: "ok", messageId: "1", context }));
        if (receipts++ === 0) give();
      });
      // What the client answers to this comes after it has read what it asked for.
      socket.on("ping", () => socket.ping());
      socket.on("pong", () => heard());
    };
    await broker.publish(message);
    await clock.advance(10_000);
    const late = broker.publish(message);
    await isHeard;
    await pass(1_000);
    give();
    expect(await late).toBe("1");
    expect(stub.requests).toHaveLength(1);
  });

  test("EDG-15 sends nothing into one that the other side is closing", async () => {
    stub.answer = (nth) => (socket) => {
      takeAll(socket);
      if (nth > 0) return;
      socket.once("message", () => {
        socket.close(1001);
        socket.pause(); // the end itself does not come
      });
    };
    await broker.publish(message);
    await until(async () => (await broker.publish(message)) === "of 1");
    expect(stub.requests).toHaveLength(2);
  });

  test("EDG-15 finds a broker that is back after three seconds within five", async () => {
    const begun = clock.now();
    const isBack = (): boolean => clock.now() - begun >= 3_200;
    stub.answer = () => (isBack() ? takeAll : 503);
    const published = broker.publish(message);
    while (!isBack()) {
      await until(() => clock.nextDueAt !== undefined);
      await clock.advance((clock.nextDueAt ?? 0) - clock.now());
    }
    expect(await published).toBe("of 0");
    expect(clock.now() - begun).toBeLessThan(4_500);
  });
});
