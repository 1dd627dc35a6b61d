import { createRequire } from "node:module";
import { expect, onTestFinished, test } from "vitest";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { startPulsarEndpoint } from "../../lib/adapters/memory/pulsar-endpoint.ts";
import { ran, sampleWith } from "./sample-service.ts";

const SERVERLESS = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
const TIMEOUT = 180_000;

const TOPIC = "task-executor:Payments";
const LETTER = {
  topic: `dlq:${TOPIC}`,
  payload: "<charge/>",
  properties: {
    code: "MESSAGE_UNDECODABLE",
    reason: "expected JSON, got <charge/>",
    attempts: "1",
    originTopic: TOPIC,
    originId: "7:1",
  },
};

/** A broker as `npm start` has it, and the command on it. */
async function startBroker() {
  const broker = new MemoryBroker();
  const endpoint = await startPulsarEndpoint({ broker });
  onTestFinished(async () => {
    await endpoint.close();
    await broker.close();
  });
  const directory = await sampleWith((yaml) => yaml);
  const env = { PULSAR_WEB_URL: endpoint.webUrl };
  const subscription = { subscription: "infinitic", type: "shared", prefetch: 10 } as const;
  await broker.ensureSubscription({ topic: LETTER.topic, ...subscription });
  return {
    broker,
    payments: await broker.subscribe({ topic: TOPIC, ...subscription }),
    replay: (...options: readonly string[]) =>
      ran([SERVERLESS, "infinitic", "redrive", ...options], directory, env),
  };
}

test(
  "R4: `serverless infinitic redrive` tells what was put aside, sends it back, and has nothing to do the second time",
  async () => {
    const { broker, payments, replay } = await startBroker();
    await broker.publish(LETTER);
    const line = `7:1 of ${TOPIC}, 9 bytes, MESSAGE_UNDECODABLE after 1: expected JSON, got <charge/>`;
    const told = await replay("--dry-run");
    expect(told).toMatchObject({ code: 0 });
    expect(told.said).toContain(line);
    expect(told.said).toContain("1 dead letter; nothing was sent");
    const sent = await replay("--topic", TOPIC);
    expect(sent.said).toContain(line);
    expect(sent.said).toContain(`Sent 1 dead letter of ${TOPIC} back`);
    expect(await payments.receive()).toMatchObject({
      payload: "<charge/>",
      properties: { replayOf: "7:1" },
    });
    expect((await replay("--topic", `dlq:${TOPIC}`)).said).toContain("No dead letters");
  },
  TIMEOUT,
);

test(
  "R4: a topic that the service has not, and a broker that is away, are told without a stack",
  async () => {
    const { replay } = await startBroker();
    const [wrong, away] = await Promise.all([
      replay("--topic", "task-executor:Trains"),
      ran([SERVERLESS, "infinitic", "redrive"], await sampleWith((yaml) => yaml), {
        PULSAR_WEB_URL: "http://127.0.0.1:2",
      }),
    ]);
    expect(wrong.code).toBe(1);
    expect(wrong.said).toContain("expected one of the topics");
    expect(away.code).toBe(1);
    expect(away.said).toContain("expected Pulsar at http://127.0.0.1:2, got no answer");
    expect(away.said).not.toContain("    at ");
  },
  TIMEOUT,
);
