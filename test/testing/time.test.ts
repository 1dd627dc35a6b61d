import { scrypt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import type { ManualClock } from "../../lib/testing/manual-clock.ts";
import { serviceOf, type TestService, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { newWorkflow } from "../../lib/workflow/workflow-stub.ts";

interface Mock {
  work(): Promise<string>;
}
const Mock = defineService<Mock>("Mock");

interface Flow {
  task(): Promise<string>;
  children(count: number): Promise<number>;
  sleep(duration: string, times: number): Promise<string>;
  inline(): Promise<string>;
  inlineFor(what: "long" | "ever" | "virtual", timeout: string): Promise<string>;
}
const Flow = defineWorkflow<Flow>("Flow");

/** Takes some tens of milliseconds of another thread. */
async function derived(): Promise<string> {
  const bytes = new Uint8Array(8);
  const key = await crypto.subtle.importKey("raw", bytes, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes, iterations: 200_000 };
  return String((await crypto.subtle.deriveBits(how, key, 256)).byteLength);
}

const inRealTime = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class FlowV1 extends Workflow implements Flow {
  readonly #mock = newService(Mock, { timeout: "5m" });

  async task(): Promise<string> {
    return this.#mock.work();
  }
  async children(count: number): Promise<number> {
    const flows = Array.from({ length: count }, () => newWorkflow(Flow).task());
    return (await Promise.all(flows)).length;
  }
  async sleep(duration: string, times: number): Promise<string> {
    for (let time = 0; time < times; time += 1) await timer(duration);
    return "awake";
  }
  async inlineFor(what: "long" | "ever" | "virtual", timeout: string): Promise<string> {
    const runs = {
      long: () => later(30),
      ever: () => new Promise<string>(() => undefined),
      virtual: async () => {
        await system.parts.clock.sleep(10 * SECOND);
        return "done";
      },
    };
    return inline(runs[what], { timeout });
  }
  async inline(): Promise<string> {
    return inline(async () => {
      await inRealTime(20);
      return "done";
    });
  }
}

const SECOND = 1_000;
const DAY = 86_400_000;

let system: TestSystem;
afterEach(() => system.close());

async function start(work: () => Promise<string>): Promise<void> {
  const services: readonly TestService[] = [serviceOf(Mock, { work })];
  system = await new TestSystem({ workflows: [workflowOf(Flow, FlowV1)], services }).start();
}

/** How long it took in the system's time. */
async function timeOf(outcome: () => Promise<unknown>): Promise<number> {
  const { clock } = system.parts;
  const startedAt = clock.now();
  await system.until(outcome());
  return clock.now() - startedAt;
}

/** Asks for a result over HTTP until there is one. */
async function requests(prefer: string): Promise<string> {
  const { workflowId } = await flow().dispatch.sleep("365d", 1);
  for (;;) {
    const answer = await system.fetch(`http://test/workflows/Flow/${workflowId}/result`, {
      headers: { prefer },
    });
    const { status } = (await answer.json()) as { readonly status: string };
    if (status !== "running") return status;
  }
}

/** Milliseconds that the processor worked, however busy the machine is. */
async function workOf(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system: kernel } = process.cpuUsage(before);
  return (user + kernel) / 1_000;
}

const flow = () => system.client.newWorkflow(Flow);

describe("EDG-70 time stands while a service that really", () => {
  let url: string;
  const server = createServer((_request, response) => void setTimeout(() => response.end("done"), 20));
  beforeEach(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => void server.close());

  test.each<[string, () => Promise<string>]>([
    ["waits 20 ms", () => later(20)],
    ["waits 300 ms", () => later(300)],
    ["reads a file", async () => (await readFile("package.json", "utf8")).slice(0, 1)],
    ["calls a server", async () => (await fetch(url)).text()],
    [
      "calls a server again",
      async () => `${await (await fetch(url)).text()}${await (await fetch(url)).text()}`,
    ],
    ["enciphers", async () => String(await promisify(scrypt)("a", "b", 64))],
    ["derives a key by crypto.subtle", derived],
    ["polls", polled],
  ])("%s runs", async (_what, work) => {
    await start(work);
    expect(await timeOf(() => flow().task())).toBeLessThan(2 * SECOND);
  });

  test("is called by twenty children runs", async () => {
    await start(() => later(20));
    expect(await timeOf(() => flow().children(20))).toBeLessThan(5 * SECOND);
  });

  test("goes on after it has answered runs", async () => {
    let isDone = false;
    await start(async () => {
      setTimeout(() => {
        isDone = true;
      }, 50);
      return "done";
    });
    await system.until(flow().task());
    await system.until(system.parts.clock.sleep(SECOND));
    expect(isDone).toBe(true);
  });
});

async function later(ms: number): Promise<string> {
  await inRealTime(ms);
  return "done";
}

async function polled(): Promise<string> {
  for (let time = 0; time < 5; time += 1) await inRealTime(2);
  return "done";
}

test("EDG-70 time stands while an inline task really runs", async () => {
  await start(async () => "done");
  expect(await timeOf(() => flow().inline())).toBeLessThan(2 * SECOND);
});

test.each(["30d", "25d", "100d", "3650d"])("EDG-44 an inline task may take %s", async (timeout) => {
  await start(async () => "done");
  expect(await system.until(flow().inlineFor("long", timeout))).toBe("done");
});

test("EDG-44 an inline task times out by the system's time, and may wait for it", async () => {
  await start(async () => "done");
  const timeOfOne = timeOf(async () => {
    await expect(flow().inlineFor("ever", "5s")).rejects.toMatchObject({
      cause: { name: "AttemptTimedOutError" },
    });
  });
  expect(await timeOfOne).toBeGreaterThanOrEqual(5 * SECOND);
  expect(await timeOfOne).toBeLessThan(7 * SECOND);
  expect(await timeOf(() => flow().inlineFor("virtual", "1m"))).toBeLessThan(20 * SECOND);
});

test("EDG-70 time goes on while a service waits for it, or will never answer", async () => {
  await start(async () => {
    await system.parts.clock.sleep(60 * SECOND);
    return "done";
  });
  expect(await timeOf(() => flow().task())).toBeGreaterThanOrEqual(60 * SECOND);
  await system.close();

  await start(() => new Promise(() => undefined));
  const failed = flow().task();
  await expect(system.until(failed)).rejects.toMatchObject({ cause: { name: "TaskTimedOutError" } });
});

test("EDG-70 an interval and a connection that are kept do not hold time", async () => {
  const server = createServer((_request, response) => void response.end("done"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const intervals: NodeJS.Timeout[] = [];
  await start(async () => {
    intervals.push(setInterval(() => undefined, 10));
    await (await fetch(`http://127.0.0.1:${port}`)).text();
    await system.parts.clock.sleep(DAY);
    return "done";
  });
  const result = system.until(system.client.newService(Mock).work());
  await expect(result).rejects.toThrow();
  for (const interval of intervals) clearInterval(interval);
  server.close();
});

describe("EDG-71 a year takes less than a second for who waits by", () => {
  const YEAR = 365 * DAY;
  beforeEach(() => start(async () => "done"));

  test.each<[string, () => Promise<unknown>]>([
    ["a client's call", () => flow().sleep("365d", 1)],
    ["a result", async () => (await flow().dispatch.sleep("365d", 1)).result()],
    [
      "a result with a timeout",
      async () => (await flow().dispatch.sleep("365d", 1)).result({ timeout: "400d" }),
    ],
    ["twenty calls", () => Promise.all(Array.from({ length: 20 }, () => flow().sleep("365d", 1)))],
    ["a timer a week", () => flow().sleep("7d", 53)],
    ["requests of its own", () => requests("wait=20")],
    ["the clock", () => system.parts.clock.sleep(YEAR)],
  ])("%s", async (_who, wait) => {
    let time = 0;
    const workMs = await workOf(async () => {
      time = await timeOf(wait);
    });
    expect(workMs).toBeLessThan(1_000);
    expect(time).toBeGreaterThanOrEqual(YEAR);
    expect(time).toBeLessThan(YEAR + 7 * DAY);
  });

  test("a clock that is pushed", async () => {
    const { workflowId } = await flow().dispatch.sleep("364d", 1);
    const clock = system.parts.clock as ManualClock; // it is, unless a test brings another
    expect(await workOf(() => clock.advance(YEAR))).toBeLessThan(1_000);
    const described = await system.client.getWorkflowById(Flow, workflowId).describe();
    expect(described.status).toBe("completed");
  });
});
