import { fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { startPulsar } from "../../infra/local/pulsar.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { startPulsarEndpoint } from "../../lib/adapters/memory/pulsar-endpoint.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import type { Consumer } from "../../lib/ports/broker.ts";

/*
 * Measures what a message costs the process that publishes or receives it through Pulsar's WebSocket API:
 *   node test/bench/broker.ts [--target embedded|pulsar] [--messages N]
 */

const PAYLOAD = JSON.stringify({ kind: "task-completed", result: "x".repeat(300) });
const KEYS = 100;

interface Cost {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

/** Runs something `count` times with at most `inFlight` at once; returns what each took. */
async function measure(count: number, inFlight: number, run: () => Promise<unknown>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await run();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: Math.round(count / seconds),
    cpuMicros: Math.round(((user + system) / count) * 10) / 10,
  };
}

async function benchmark(target: string, webUrl: string, messages: number): Promise<object> {
  const broker = new PulsarWebSocketBroker({ webUrl });
  const topic = `bench:${process.pid}`;
  const options = { topic, subscription: "infinitic", type: "key_shared", prefetch: 200 } as const;
  await broker.ensureSubscription(options);
  let published = 0;
  const publish = (): Promise<string> =>
    broker.publish({ topic, key: `key-${published++ % KEYS}`, payload: PAYLOAD });
  const receive = async (consumer: Consumer): Promise<void> => {
    const message = await consumer.receive();
    if (message !== undefined) consumer.acknowledge(message);
  };

  await measure(messages / 4, 100, publish); // warms both sides up
  const publishing = await measure(messages, 100, publish);
  const consumer = await broker.subscribe(options);
  await measure(messages / 4, 1, () => receive(consumer));
  const receiving = await measure(messages, 1, () => receive(consumer));
  const roundTrip = await measure(messages / 10, 1, async () => {
    const receipt = publish();
    await receive(consumer);
    await receipt;
  });
  await broker.close();
  return { target, messages, publishing, receiving, roundTripOneByOne: roundTrip };
}

async function embedded(messages: number): Promise<object> {
  const server = fork(import.meta.filename, ["--serve"]);
  const [{ webUrl }] = (await once(server, "message")) as [{ readonly webUrl: string }];
  const result = await benchmark("embedded", webUrl, messages);
  server.disconnect();
  await once(server, "exit");
  return result;
}

async function pulsar(messages: number): Promise<object> {
  const server = await startPulsar();
  const result = await benchmark("pulsar", server.webUrl, messages);
  await server.stop();
  return result;
}

async function serve(): Promise<void> {
  const endpoint = await startPulsarEndpoint({ broker: new MemoryBroker() });
  process.send?.({ webUrl: endpoint.webUrl });
  await once(process, "disconnect");
  await endpoint.close();
}

const { values } = parseArgs({
  options: { serve: { type: "boolean" }, target: { type: "string" }, messages: { type: "string" } },
});
const count = Number(values.messages ?? 20_000);
if (values.serve) await serve();
else {
  if (values.target !== "pulsar") console.log(JSON.stringify(await embedded(count)));
  if (values.target !== "embedded") console.log(JSON.stringify(await pulsar(count)));
}
