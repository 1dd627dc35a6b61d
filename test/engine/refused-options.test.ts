import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { emitsOfEntry } from "../../lib/core/model/outbox.ts";
import { RULES } from "../../lib/core/model/rules.ts";
import { decodeEngineMessage, decodeTaskMessage } from "../../lib/core/protocol/decode.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { getWorkflowById, getWorkflowByTag, newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { Desk, InstanceDriver } from "./instance-driver.ts";

interface Other {
  readonly word: Channel<string>;
  run(): Promise<void>;
}
const Other = defineWorkflow<Other>("Other");
// What types forbid, and what JavaScript, or a cast, lets through.
const Wild = { id: (value: unknown) => value as string, options: (value: unknown) => value as object };
type Stub = { readonly [name: string]: (...args: readonly unknown[]) => unknown };

/** The ways in which workflow code puts a value of its own into a message; each by a name. */
const WAYS: { readonly [way: string]: (value: never, word: Channel<string>) => unknown } = {
  "tags of a task": (tags) => newService(Desk, { tags }).work(),
  "meta of a task": (meta) => newService(Desk, { meta }).work(),
  "timeout of a task": (timeout) => newService(Desk, { timeout }).work(),
  "options of a task": (options) => newService(Desk, Wild.options(options)).work(),
  "method of a task": (method) => (newService(Desk) as unknown as Stub)[Wild.id(method)]?.(),
  "tags of a child": (tags) => newWorkflow(Other, { tags }).run(),
  "meta of a child": (meta) => newWorkflow(Other, { meta }).run(),
  "timeout of a child": (timeout) => newWorkflow(Other, { timeout }).run(),
  "id of a child": (id) => newWorkflow(Other, { id }).run(),
  "customId of a child": (customId) => newWorkflow(Other, { customId }).run(),
  "id of an instance": (id) => getWorkflowById(Other, id).run(),
  "id of an instance that is signaled": (id) => getWorkflowById(Other, id).word.send("a"),
  "timeout of a call": (timeout) => getWorkflowById(Other, "o", { timeout }).run(),
  "a tag that is signaled": (tag) => getWorkflowByTag(Other, tag).word.send("a"),
  "a tag that is called": (tag) => getWorkflowByTag(Other, tag).run(),
  "a signal's value": (value) => getWorkflowById(Other, "o").word.send(value),
  "an argument": (value) => (newService(Desk) as unknown as Stub)["work"]?.(value),
  "a timer": (when) => timer(when),
  "a limit of a receive": (limit, word) => word.receive({ limit }),
};

/** Code that gives a value in one way; it returns the error that this throws, and else waits for ever. */
async function given(way: string, value: unknown, rules?: number): Promise<InstanceDriver> {
  const trip = new InstanceDriver(
    class extends Workflow {
      readonly word = channel<string>();
      readonly free = channel<string>();
      async run(): Promise<unknown> {
        await this.free.receive();
        try {
          WAYS[way]?.(value as never, this.word);
        } catch (error) {
          return { name: (error as Error).name, message: (error as Error).message };
        }
        return await this.word.receive();
      }
    },
  );
  await trip.start();
  if (rules !== undefined) trip.follow(rules);
  await trip.send({ kind: "signal", id: "free", channel: "free", value: "go" });
  return trip;
}

/** Reads all that the instance sends, as its receivers do. */
function readAll({ instance }: InstanceDriver): void {
  const { state, history, outbox } = instance;
  for (const entry of outbox)
    for (const { message } of state ? emitsOfEntry(state, history, entry) : []) {
      const text = JSON.stringify(message);
      if (message.kind === "execute-task") decodeTaskMessage(text, "Desk");
      else decodeEngineMessage(text, ["Other", "Trip"]);
    }
}

const long = "x".repeat(300);
const cycle: { self?: unknown } = {};
cycle.self = cycle;
const HOSTILE: readonly unknown[] = [
  ...["", "a", "a/b", "a:b", "..", "by-tag", " ", "5", "5s", "x", "é", "\n", "a\n", long, "\ud800"],
  ...[0, 1, 5, -5, 0.5, Number.NaN, Infinity, -Infinity, 1e15, 1e300, Number.MAX_SAFE_INTEGER],
  ...[null, true, false, 5n, Symbol("s"), () => 5, new Date(Number.NaN), new Date(5), new Map([["a", 1]])],
  ...[[], [""], ["a", "a"], ["a", ""], [5], [null], [long], ["a", undefined], new Array(2), [["a"]]],
  Array.from({ length: 101 }, (_, nth) => `t${nth}`),
  ...[{}, { a: undefined }, { a: () => 5 }, { a: 5n }, { a: Number.NaN }, cycle, { toJSON: () => [] }],
  { toJSON: () => "text" },
  { timeuot: "1h" },
  { big: "x".repeat(70_000) },
  Object.create(null),
];

const REFUSED: readonly (readonly [way: string, value: unknown])[] = [
  ...["tags of a task", "tags of a child"].flatMap((way) =>
    [
      "a",
      [""],
      [5],
      [long],
      [null],
      { 0: "a" },
      HOSTILE.find((one) => Array.isArray(one) && one.length === 101),
    ].map((value) => [way, value] as const),
  ),
  ...["meta of a task", "meta of a child"].flatMap((way) =>
    [[], null, "a", 5, () => 5, new Date(5), cycle, { a: 5n }, { toJSON: () => [] }].map(
      (value) => [way, value] as const,
    ),
  ),
  ...["timeout of a task", "timeout of a child", "timeout of a call"].flatMap((way) =>
    [0, -5, Number.NaN, Infinity, "x", "", null, {}, 1e15, "1000000w"].map((value) => [way, value] as const),
  ),
  ...["id of a child", "id of an instance", "id of an instance that is signaled"].flatMap((way) =>
    ["", "a/b", "a:b", "..", "by-tag", long, 5, null, {}, ["a"]].map((value) => [way, value] as const),
  ),
  ...["", long, 5, null, ["a"], {}].map((value) => ["customId of a child", value] as const),
  ...["a tag that is signaled", "a tag that is called"].flatMap((way) =>
    ["", long, 5, null, undefined, ["a"]].map((value) => [way, value] as const),
  ),
  ...[1e300, 9e15, Number.NaN, "x", {}, new Date(Number.NaN)].map((value) => ["a timer", value] as const),
  ...[0, -1, 1.5, "2", Number.NaN, null, {}].map((value) => ["a limit of a receive", value] as const),
  ["options of a task", { timeuot: "1h" }],
  ["options of a task", "1h"],
];

describe("EDG-41 a value that no message can carry", () => {
  test.each(REFUSED)("is refused where it is given: %s, %o", async (way, value) => {
    const trip = await given(way, value);
    expect(trip.result()).toMatchObject({
      status: "completed",
      result: { name: "InvalidOptionError", message: expect.stringMatching(/^expected .*, got /) },
    });
    readAll(trip);
  });

  test.each(Object.keys(WAYS))("never becomes a message that cannot be read: %s", async (way) => {
    for (const value of [undefined, ...HOSTILE]) readAll(await given(way, value));
    await fc.assert(
      fc.asyncProperty(fc.anything({ withDate: true, withNullPrototype: true }), async (value) => {
        readAll(await given(way, value));
      }),
      { numRuns: 30 },
    );
  });

  test("takes no number: what comes after it is the next command, also in a replay", async () => {
    const trip = new InstanceDriver(
      class extends Workflow {
        readonly desk = newService(Desk);
        async run(): Promise<void> {
          for (const limit of [0, 1.5, "2" as never]) {
            try {
              this.word.receive({ limit });
            } catch {
              await this.desk.work();
            }
          }
        }
        readonly word = channel<string>();
      },
    );
    await trip.start();
    for (const command of ["0.0", "0.1", "0.2"]) await trip.complete(command);
    expect(trip.status).toBe("completed");
  });

  test.each([
    ["limit of a receive", "a limit of a receive", 1.5],
    ["tags of a task", "tags of a task", [""]],
    ["timeout of a task", "timeout of a task", -5],
    ["meta of a child", "meta of a child", []],
    ["id of an instance", "id of an instance that is signaled", 5],
    ["options", "options of a task", { timeuot: "1h" }],
  ])("is what it was in a run that began before the rule: %s", async (_what, way, value) => {
    const trip = await given(way, value, RULES.optionsAreChecked.number - 1);
    expect(trip.result()).toEqual({ status: "running" });
    // And so it is replayed.
    await trip.signal("word");
    expect(trip.result()).toEqual({ status: "completed", result: "word" });
  });
});
