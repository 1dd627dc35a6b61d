import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import { workflowEngineTopic } from "../../lib/core/protocol/topics.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { type Answered, startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.call("POST", "/workflows/Visit", { id: "open", method: "wait", tags: ["all"] });
  await world.call("POST", "/workflows/Visit/open/complete-timers", {}, { prefer: "wait=20" });
});
afterAll(() => world.close());

const expectUnknown = ({ status, body }: Answered, code: string) =>
  expect([status, body.code]).toEqual([404, code]);

describe("EDG-14 a name that no class of the workflow has is turned away before anything is sent:", () => {
  const sent: string[] = [];
  let watched: World;
  beforeAll(async () => {
    watched = await startWorld({
      broker: {
        publish: async ({ payload }) => {
          sent.push(payload);
          return "1";
        },
      },
    });
  });
  afterAll(() => watched.close());

  test.each([
    ["a misspelled channel", "/workflows/Visit/open/channels/aproved", "UNKNOWN_CHANNEL"],
    ["a channel of an instance that has not started", "/workflows/Visit/none/channels/x", "UNKNOWN_CHANNEL"],
    ["a method as a channel", "/workflows/Visit/open/channels/wait", "UNKNOWN_CHANNEL"],
    ["a query as a channel", "/workflows/Visit/open/channels/phase", "UNKNOWN_CHANNEL"],
    ["a channel by tag", "/workflows/Visit/by-tag/channels/aproved", "UNKNOWN_CHANNEL"],
    ["a misspelled method", "/workflows/Visit/open/methods/wiat", "UNKNOWN_METHOD"],
    ["a channel as a method", "/workflows/Visit/open/methods/approved", "UNKNOWN_METHOD"],
    ["what every object has", "/workflows/Visit/open/methods/toString", "UNKNOWN_METHOD"],
    ["the class's constructor", "/workflows/Visit/open/methods/constructor", "UNKNOWN_METHOD"],
    ["a method by tag", "/workflows/Visit/by-tag/methods/wiat", "UNKNOWN_METHOD"],
  ])("%s", async (_title, path, code) => {
    const { body, ...answer } = await watched.call(
      "POST",
      path,
      path.includes("by-tag") ? { tag: "all" } : {},
    );
    expectUnknown({ body, ...answer }, code);
    expect(body.detail).toContain(code === "UNKNOWN_METHOD" ? "(run, wait, fail, nothing)" : "(approved)");
    expect(sent).toEqual([]);
  });

  test("the method of a start", async () => {
    expectUnknown(await watched.call("POST", "/workflows/Visit", { method: "rnu" }), "UNKNOWN_METHOD");
    expect(sent).toEqual([]);
  });

  test("a query, by the workflow's function", async () => {
    expectUnknown(await world.call("GET", "/workflows/Visit/open/queries/phse"), "UNKNOWN_QUERY");
    expectUnknown(await world.call("GET", "/workflows/Visit/open/queries/approved"), "UNKNOWN_QUERY");
  });

  test("what the workflow has passes", async () => {
    expect((await watched.call("POST", "/workflows/Visit/open/channels/approved", {})).status).toBe(202);
    expect((await watched.call("POST", "/workflows/Visit/open/methods/nothing", {})).status).toBe(202);
    expect(sent).toHaveLength(2);
  });
});

test("EDG-14 the function is asked once for names that it has, and again for one that it had not", async () => {
  let asked = 0;
  const members = { methods: ["run"], channels: ["approved"], queries: [] };
  const asking = await startWorld({
    askMembers: async () => {
      asked += 1;
      return asked < 3 ? members : { ...members, channels: ["approved", "added"] };
    },
  });
  const send = (name: string) => asking.call("POST", `/workflows/Visit/open/channels/${name}`, {});
  for (let times = 0; times < 3; times++) expect((await send("approved")).status).toBe(202);
  expect(asked).toBe(1);
  expectUnknown(await send("added"), "UNKNOWN_CHANNEL");
  expect((await send("added")).status).toBe(202); // a class that has it was deployed meanwhile
  expect(asked).toBe(3);
  await asking.close();
});

test.each([
  ["does not answer", { kind: "unavailable", message: "gone" }],
  ["is too slow", { kind: "timed-out" }],
  ["is of a version that knows no such question", { kind: "died", errorType: "Error", message: "what?" }],
  ["answers something else", { kind: "answered", payload: '{"emits":[]}' }],
] as const)("EDG-14 a signal is sent all the same when the function %s", async (_title, outcome) => {
  const deaf = await startWorld({ invoker: { invoke: async () => outcome } });
  expect((await deaf.call("POST", "/workflows/Visit/open/channels/aproved", {})).status).toBe(202);
  await deaf.close();
});

interface Loose {
  run(): Promise<string>;
  word: Channel<string>;
}
const Loose = defineWorkflow<Loose>("Loose", { word: z.string() });
class LooseV1 extends Workflow implements Loose {
  readonly word = channel<string>();
  async run(): Promise<string> {
    return Promise.race([this.word.receive(), timer("1h").then(() => "nobody spoke")]);
  }
}

describe("EDG-14 a message that arrives all the same and that workflow code will not hear of", () => {
  const open = async (replay: "as-needed" | "always") => {
    const system = new TestSystem({
      workflows: [workflowOf(Loose, LooseV1)],
      replay,
    });
    await system.start();
    const flow = await system.client.newWorkflow(Loose, { id: "l" }).dispatch.run();
    const signal = (id: string, name: string, value: unknown) =>
      send(id, { kind: "signal", channel: name, value });
    const send = async (id: string, message: object) => {
      const head = { format: MESSAGE_FORMAT, id, at: system.parts.clock.now() };
      const payload = JSON.stringify({ ...head, workflow: "Loose", workflowId: "l", ...message });
      await system.parts.broker.publish({ topic: workflowEngineTopic("Loose"), key: "l", payload });
      await system.until(system.parts.clock.sleep(10));
    };
    const describe = () => system.client.getWorkflowById(Loose, "l").describe();
    return { system, flow, send, signal, describe };
  };

  test.each(["as-needed", "always"] as const)(
    "is told in the description and logged, and the instance goes on (%s)",
    async (replay) => {
      const { system, flow, send, signal, describe } = await open(replay);
      await signal("s-1", "wrod", "secret");
      await signal("s-1", "wrod", "secret");
      await signal("s-2", "word", 7);
      await send("m-1", { kind: "method", method: "rnu", args: [] });
      const { unheard, status } = await describe();
      expect(status).toBe("running");
      const told = unheard?.map(({ at: _, reason, ...one }) => ({ ...one, names: reason.includes("Loose") }));
      expect(told).toEqual([
        { messageId: "s-1", channel: "wrod", code: "UNKNOWN_CHANNEL", names: true },
        { messageId: "s-2", channel: "word", code: "SCHEMA_MISMATCH", names: true },
        { messageId: "m-1", method: "rnu", code: "UNKNOWN_METHOD", names: true },
      ]);
      expect(system.log.map((line) => JSON.parse(line))).toMatchObject([
        { level: "warn", code: "UNKNOWN_CHANNEL", workflow: "Loose", workflowId: "l", channel: "wrod" },
        { level: "warn", code: "SCHEMA_MISMATCH", workflow: "Loose", workflowId: "l", channel: "word" },
        { level: "warn", code: "UNKNOWN_METHOD", workflow: "Loose", workflowId: "l", method: "rnu" },
      ]);
      expect(system.log.join()).not.toContain("secret");
      await signal("s-3", "word", "hello");
      expect(await system.until(flow.result())).toBe("hello");
      await system.close();
    },
  );

  test("is one of the last twenty that are told; history has them all", async () => {
    const { system, signal, describe } = await open("as-needed");
    for (let n = 0; n < 25; n++) await signal(`m-${n}`, "wrod", n);
    const { unheard = [] } = await describe();
    expect([unheard.length, unheard[0]?.messageId]).toEqual([20, "m-5"]);
    await system.close();
  });
});
