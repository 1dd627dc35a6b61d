import { beforeEach, describe, expect, test } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import {
  type ByTagMessage,
  type EngineMessage,
  type InstanceMessage,
  MESSAGE_FORMAT,
  type StartMessage,
} from "../../lib/core/protocol/messages.ts";
import { childId } from "../../lib/core/values/ids.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { EngineFunction } from "./engine-function.ts";

interface Club {
  readonly word: Channel<string>;
  run(): Promise<string>;
  admit(): Promise<string>;
}
const Club = defineWorkflow<Club>("Club");

class ClubV1 extends Workflow implements Club {
  readonly word = channel<string>();

  async run(): Promise<string> {
    return this.word.receive();
  }

  async admit(): Promise<string> {
    return newWorkflow(Club, { id: "guest", tags: ["vip", "guest"] }).run();
  }
}

const clock = new ManualClock();
let club: EngineFunction;

const head = { format: MESSAGE_FORMAT, at: clock.now(), workflow: "Club" };
const start = (workflowId: string, more: Partial<StartMessage> = {}): StartMessage => ({
  kind: "start",
  id: `start-${workflowId}`,
  ...head,
  workflowId,
  method: "run",
  args: [],
  tags: ["vip"],
  ...more,
});
const signal = (workflowId: string, more: object = {}): InstanceMessage => ({
  kind: "signal",
  id: "word",
  ...head,
  workflowId,
  channel: "word",
  value: "hi",
  ...more,
});
const byTag = (more: Partial<ByTagMessage> = {}): ByTagMessage => ({
  kind: "by-tag",
  id: "word",
  ...head,
  tag: "vip",
  operation: { kind: "signal", channel: "word", value: "hi" },
  ...more,
});
const entry = (workflowId: string, run = `start-${workflowId}`, tag = "vip") => ({
  workflow: "Club",
  tag,
  workflowId,
  run,
});
const idsOf = async (tag: string) =>
  (await club.stores.tagIndex.read("Club", tag, { limit: 1_000 })).entries.map(
    ({ workflowId, run }) => `${workflowId} ${run}`,
  );

beforeEach(() => {
  club = new EngineFunction({ workflow: workflowOf(Club, ClubV1), clock });
});

describe("the tags of an instance", () => {
  test("leave the index when it ends", async () => {
    await club.stores.tagIndex.add([entry("a")]);
    await club.invoke([start("a")]);
    expect(await idsOf("vip")).toEqual(["a start-a"]);
    await club.invoke([signal("a")]);
    expect(await idsOf("vip")).toEqual([]);
  });

  test("leave the index also when the function died right after the commit that ended it", async () => {
    await club.invoke([start("a"), signal("a")]);
    await club.stores.tagIndex.add([entry("a")]);
    await club.invoke([signal("a")]);
    expect(await idsOf("vip")).toEqual([]);
  });

  test("that a start brought which began nothing leave the index, and only they", async () => {
    await club.stores.tagIndex.add([entry("a"), entry("a", "again")]);
    await club.invoke([start("a"), start("a", { id: "again" })]);
    expect(await idsOf("vip")).toEqual(["a start-a"]);
  });

  test("are in the index before a child's start is sent", async () => {
    const reply = await club.invoke([start("a", { method: "admit" })]);
    expect(reply.emits).toHaveLength(1);
    const run = childId({ workflow: "Club", workflowId: "a", run: "start-a" }, "0.0");
    expect(await idsOf("vip")).toEqual([`guest ${run}`]);
    expect(await idsOf("guest")).toEqual([`guest ${run}`]);
  });
});

describe("a message by tag", () => {
  const sentBy = async (message: EngineMessage): Promise<readonly EngineMessage[]> =>
    (await club.invoke([message])).emits.map(({ payload }) => JSON.parse(payload) as EngineMessage);

  test("goes to every run that has the tag, under its own id", async () => {
    await club.stores.tagIndex.add([entry("a"), entry("b"), entry("c", "r", "other")]);
    const traced = byTag({ traceparent: "00-1" });
    expect((await sentBy(traced)).toSorted((x, y) => (keyOf(x) < keyOf(y) ? -1 : 1))).toEqual([
      signal("a", { run: "start-a", traceparent: "00-1" }),
      signal("b", { run: "start-b", traceparent: "00-1" }),
    ]);
    expect(await sentBy(byTag({ tag: "nobody" }))).toEqual([]);
  });

  test("goes on page by page, and reaches each once", async () => {
    const all = Array.from({ length: 1_000 }, (_, index) => `i${index}`);
    await club.stores.tagIndex.add(all.map((id) => entry(id)));
    const reached: string[] = [];
    let pages = 0;
    for (let next: ByTagMessage | undefined = byTag(); next; pages++) {
      const sent = await sentBy(next);
      next = sent.find((message) => message.kind === "by-tag");
      reached.push(...sent.filter(({ kind }) => kind !== "by-tag").map(keyOf));
    }
    expect(pages).toBeGreaterThan(3);
    expect(reached.toSorted()).toEqual(all.toSorted());
  });

  test("with a large value takes smaller pages, so that a reply stays within its bounds", async () => {
    await club.stores.tagIndex.add(Array.from({ length: 50 }, (_, index) => entry(`i${index}`)));
    const value = "x".repeat(200_000);
    const reply = await club.invoke([byTag({ operation: { kind: "signal", channel: "word", value } })]);
    expect(JSON.stringify(reply).length).toBeLessThan(4 * 1024 * 1024);
  });

  test("that is sent on by another key than its tag is parked", async () => {
    const records = [{ id: "0", key: "other", payload: JSON.stringify(byTag()) }];
    const reply = await club.handle({ kind: "messages", records });
    expect(reply.parked).toMatchObject([{ id: "0", code: "MESSAGE_MISROUTED" }]);
  });
});

const keyOf = (message: EngineMessage): string =>
  message.kind === "by-tag" ? message.tag : message.workflowId;
