import { afterEach, describe, expect, test, vi } from "vitest";
import { InfiniticClient } from "../../lib/client/client.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Query } from "../../lib/runtime/query.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { condition } from "../../lib/workflow/condition.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { getWorkflowById, newWorkflow } from "../../lib/workflow/workflow-stub.ts";

interface Echo {
  say(word: string): Promise<string>;
}
const Echo = defineService<Echo>("Echo");
interface Trip {
  run(): Promise<unknown>;
  other(): Promise<unknown>;
  readonly word: Channel<string>;
  readonly show: Query<(what: unknown) => unknown>;
}
const Trip = defineWorkflow<Trip>("Trip");

type Code = (self: Base) => unknown;

abstract class Base extends Workflow {
  readonly word = channel<string>();
  readonly show = query((what: unknown) => what);
  readonly echo = newService(Echo);
  count = 0;
  held: PromiseLike<unknown> | undefined;
  abstract run(): Promise<unknown>;
  async other(): Promise<unknown> {
    return await this.held;
  }
}

async function systemOf(code: Code, replay: "as-needed" | "always" = "always"): Promise<TestSystem> {
  class TripV1 extends Base implements Trip {
    async run(): Promise<unknown> {
      return await code(this);
    }
  }
  return await new TestSystem({
    workflows: [workflowOf(Trip, TripV1)],
    services: [serviceOf(Echo, { say: async (word) => word })],
    replay,
  }).start();
}

async function played(code: Code, replay?: "as-needed" | "always"): Promise<unknown> {
  const system = await systemOf(code, replay);
  try {
    return await system.until(system.client.newWorkflow(Trip).run());
  } finally {
    await system.close();
  }
}

const wrong = (options: object): never => options as never;
const REFUSED = { cause: { name: "InvalidOptionError" } };

afterEach(() => vi.restoreAllMocks());

test.each<[string, Code]>([
  ["an inline task's timeout of 0", () => inline(() => 1, { timeout: 0 })],
  ["an inline task's negative timeout", () => inline(() => 1, { timeout: -5 })],
  ["an inline task's timeout of 1,000 weeks", () => inline(() => 1, { timeout: "1000w" })],
  ["an inline task's misspelled timeout", () => inline(() => 1, wrong({ timeOut: "1s" }))],
  ["a condition's timeout of 0", () => condition(() => true, { timeout: 0 })],
  ["a condition's misspelled timeout", () => condition(() => true, wrong({ timeOut: "1s" }))],
  ["a receive's misspelled limit", ({ word }) => word.receive(wrong({ limt: 1 }))],
  ["a filter that is none", ({ word }) => word.receive(wrong({ where: "yes" }))],
])("EDG-41 what would be ignored is refused where it is given: %s", async (_, code) => {
  await expect(played(code)).rejects.toMatchObject(REFUSED);
});

test("EDG-41 a filter that gives a promise is refused, and the signal stays", async () => {
  const system = await systemOf(async ({ word }) => {
    const error = await word
      .receive(wrong({ where: async () => false }))
      .then(String, (thrown) => (thrown as Error).name);
    return [error, await word.receive()];
  });
  const flow = await system.client.newWorkflow(Trip, { id: "t" }).dispatch.run();
  await system.client.getWorkflowById(Trip, "t").word.send("go");
  expect(await system.until(flow.result())).toEqual(["InvalidOptionError", "go"]);
  await system.close();
});

test.each<[string, () => unknown]>([
  ["a client's misspelled option", () => new InfiniticClient(wrong({ url: "http://x", ath: "y" }))],
  ["a test system's other replay", () => new TestSystem({ workflows: [], replay: wrong({}) })],
  ["a test system's misspelled replay", () => new TestSystem({ workflows: [], replay: "allways" as never })],
  ["a test system's misspelled services", () => new TestSystem(wrong({ workflows: [], servics: [] }))],
  ["a test system without workflows", () => new TestSystem(wrong({}))],
  ["a service's misspelled batching", () => serviceOf(Echo, {} as never, {}, wrong({ batchsize: 2 }))],
])("EDG-41 what would be ignored is refused where it is given: %s", (_, make) => {
  expect(make).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});

test("EDG-41 what a client would ignore is refused where it is given", async () => {
  const system = await systemOf(() => 1);
  const { client } = system;
  const flow = await client.newWorkflow(Trip, { id: "t" }).dispatch.run();
  const refused = expect.objectContaining({ code: "INVALID_OPTION" });
  for (const timeout of [-5, 0, "abc"]) {
    expect(() => client.getWorkflowById(Trip, "t", { timeout })).toThrow(refused);
    await expect(flow.result({ timeout })).rejects.toEqual(refused);
  }
  await expect(flow.result(wrong({ timeOut: 1 }))).rejects.toEqual(refused);
  expect(() => client.newWorkflow(Trip, { tags: ["\ud800"] })).toThrow(refused);
  expect(() => client.newWorkflow(Trip, { customId: "\udc00" })).toThrow(refused);
  await expect(client.getWorkflowById(Trip, "t").query.show(1n)).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
  });
  await system.close();
});

test.each([
  [
    "a day that its month has not",
    "GET",
    "/workflows?from=2026-02-30T00:00:00Z",
    undefined,
    "INVALID_REQUEST",
  ],
  ["half of a character", "POST", "/workflows/Trip", '{"tags":["\\ud800"]}', "INVALID_REQUEST"],
  ["bytes that are no UTF-8", "POST", "/workflows/Trip", new Uint8Array([0x22, 0xff, 0x22]), "INVALID_JSON"],
])("EDG-41 the API refuses %s", async (_, method, path, body, code) => {
  const system = await systemOf(() => 1);
  const response = await system.fetch(`http://test${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body !== undefined && { body }),
  });
  expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ code })]);
  await system.close();
});

describe("EDG-30 a replay that compares values", () => {
  let drawn = 0;
  const other = (): string => `id-${drawn++}`;

  test.each<[string, Code]>([
    ["the id of a child", () => newWorkflow(Trip, { id: other() }).other()],
    ["a custom id", () => newWorkflow(Trip, { customId: other() }).other()],
    ["the tags of a child", () => newWorkflow(Trip, { tags: [other()] }).other()],
    ["the meta of a task", () => newService(Echo, { meta: { a: other() } }).say("a")],
    ["the timeout of a task", () => newService(Echo, { timeout: 1_000 + drawn++ }).say("a")],
    ["the target of a signal", () => getWorkflowById(Trip, other()).word.send("a")],
    ["the duration of a timer", () => timer(1_000 + drawn++)],
  ])("EDG-30 sees another value of %s", async (_, code) => {
    const changing: Code = async (self) => {
      const first = code(self);
      await self.echo.say("between");
      return await first;
    };
    await expect(played(changing)).rejects.toMatchObject({ code: "WORKFLOW_CHANGED" });
  });
});

describe.each(["as-needed", "always"] as const)("EDG-43 replayed %s", (replay) => {
  test.each<[string, Code]>([
    ["a condition", (self) => condition(() => self.count > 0)],
    ["a condition with a timeout", (self) => condition(() => self.count > 0, { timeout: "2h" })],
  ])("EDG-43 who awaits %s of a canceled method gets its error", async (_, held) => {
    const system = await systemOf(async (self) => {
      self.held = held(self) as PromiseLike<unknown>;
      await timer("100d");
    }, replay);
    const flow = await system.client.newWorkflow(Trip, { id: "t" }).dispatch.run();
    const trip = system.client.getWorkflowById(Trip, "t");
    const other = await trip.dispatch.other();
    await flow.cancel();
    await expect(system.until(other.result())).rejects.toMatchObject({
      name: expect.stringMatching(/Canceled|Failed/),
    });
    await system.close();
  });
});

test("EDG-35 what a tick throws is told once, however often it is replayed", async () => {
  const lines: string[] = [];
  vi.spyOn(console, "error").mockImplementation((line) => void lines.push(String(line)));
  await played(async ({ echo }) => {
    process.nextTick(() => {
      throw new RangeError("in a tick");
    });
    for (let n = 0; n < 4; n++) await echo.say("a");
  });
  expect(lines.filter((line) => line.includes("in a tick"))).toHaveLength(1);
});
