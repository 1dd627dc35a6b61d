import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { startBridgeProcess } from "../../infra/bridge/bridge-process.ts";
import { readConfig } from "../../infra/bridge/config.ts";
import { MemoryFunctionInvoker } from "../../lib/adapters/memory/function-invoker.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import type { InvocationReply, InvocationRequest } from "../../lib/core/protocol/invocation.ts";

const ROUTE = {
  topic: "task-executor:Echo",
  type: "shared",
  functionName: "echo",
  timeoutMs: 1_000,
} as const;
const CONFIG = { pulsar: { webUrl: "http://localhost:8080" }, bridge: { routes: [ROUTE] } };

it("carries messages end to end at the machine's own time, and drains when closed", async () => {
  const broker = new MemoryBroker();
  const invoker = new MemoryFunctionInvoker({
    handlers: {
      echo: ({ records }: InvocationRequest): InvocationReply => ({
        emits: records.map(({ id, payload }) => ({
          cause: id,
          topic: "workflow-engine:Echo",
          key: payload,
          payload: `echo of ${payload}`,
          deliverAt: payload === "later" ? Date.now() + 100 : 0,
        })),
        batchItemFailures: [],
      }),
    },
  });
  const lines: string[] = [];
  const running = await startBridgeProcess({
    broker,
    invoker,
    clock: systemClock,
    options: { routes: [ROUTE] },
    healthPort: 0,
    log: (line) => lines.push(line),
  });
  let isClosed = false;
  onTestFinished(async () => {
    if (!isClosed) await running.close();
  });
  await running.started;
  for (const payload of ["now", "later"]) await broker.publish({ topic: ROUTE.topic, payload });
  const consumer = await broker.subscribe({
    topic: "workflow-engine:Echo",
    subscription: "infinitic",
    type: "key_shared",
    prefetch: 10,
  });
  const received = [await consumer.receive(), await consumer.receive()];
  expect(received.map((message) => [message?.key, message?.payload])).toEqual([
    ["now", "echo of now"],
    ["later", "echo of later"],
  ]);
  await vi.waitFor(async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${running.healthPort}/metrics`)).text();
    expect(metrics).toContain(`infinitic_bridge_messages_acknowledged_total{topic="${ROUTE.topic}"} 2`);
  });
  await running.close();
  isClosed = true;
  expect(lines).toEqual([]);
});

it("reads its configuration from JSON text or from a file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bridge-config-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "config.json");
  await writeFile(path, JSON.stringify(CONFIG));
  const expected = { ...CONFIG, lambda: {}, healthPort: 8080 };
  expect(await readConfig(path)).toEqual(expected);
  expect(await readConfig(JSON.stringify(CONFIG))).toEqual(expected);
});

it.each([
  ["nothing", undefined],
  ["what is no JSON", "{"],
  ["an unknown key", JSON.stringify({ ...CONFIG, port: 1 })],
  [
    "an address without a web protocol",
    JSON.stringify({ ...CONFIG, pulsar: { webUrl: "pulsar://localhost" } }),
  ],
])("refuses %s as its configuration", async (_, text) => {
  await expect(readConfig(text)).rejects.toMatchObject({ code: "INVALID_OPTION" });
});
