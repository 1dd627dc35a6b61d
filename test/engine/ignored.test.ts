import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { Desk, InstanceDriver } from "./instance-driver.ts";

/** Every place where the engine lets a message come to nothing, and where somebody sees that. */

class TripV1 extends Workflow {
  readonly word = channel<string>();
  readonly desk = newService(Desk);

  async run() {
    return (await this.desk.work("a")) + (await this.word.receive());
  }
}

type Part = Parameters<InstanceDriver["send"]>[0];

/** What comes from people and other systems. */
const FROM_OUTSIDE: readonly [string, object][] = [
  ["signal", { channel: "word", value: "b" }],
  ["method", { method: "run", args: [] }],
  ["cancel", {}],
  ["retry", {}],
  ["retry-tasks", {}],
  ["complete-timers", {}],
  ["delegated-result", { command: "0.0", outcome: { kind: "completed", value: "a" } }],
  ["heartbeat", { command: "0.0" }],
];
const partOf = (kind: string, fields: object, more: object = {}): Part =>
  ({ kind, id: "from-outside", ...fields, ...more }) as Part;
const delegated = { kind: "task-delegated", command: "0.0", sequence: 0, attempt: 0 } as unknown as Part;

async function begun(): Promise<InstanceDriver> {
  const trip = new InstanceDriver(TripV1);
  await trip.start();
  return trip;
}

describe("a message from outside that changes nothing is logged with its code:", () => {
  test.each(FROM_OUTSIDE)("a %s after the end", async (kind, fields) => {
    const trip = await begun();
    await trip.cancel();
    await trip.send(partOf(kind, fields));
    const line = { level: "warn", code: "WORKFLOW_ENDED", kind, messageId: "from-outside" };
    expect(trip.logged).toEqual([expect.objectContaining(line)]);
  });

  test.each(FROM_OUTSIDE)("a %s for a run that is over", async (kind, fields) => {
    const trip = await begun();
    await trip.send(partOf(kind, fields, { run: "an earlier one" }));
    expect(trip.logged).toEqual([expect.objectContaining({ code: "WORKFLOW_ENDED", kind })]);
  });

  test.each(FROM_OUTSIDE)(
    "a %s for an instance that is not there, unless it waits for the start",
    async (kind, fields) => {
      const trip = new InstanceDriver(TripV1);
      await trip.send(partOf(kind, fields));
      const isWaiting = trip.instance.waiting.length === 1;
      expect(isWaiting).toBe(["signal", "method", "cancel"].includes(kind));
      expect(trip.logged.map(({ code }) => code)).toEqual(isWaiting ? [] : ["WORKFLOW_UNKNOWN"]);
    },
  );

  test.each(FROM_OUTSIDE.slice(-2))("a %s of a task that has an outcome", async (kind, fields) => {
    const trip = await begun();
    await trip.complete("0.0", "a");
    await trip.send(partOf(kind, fields));
    expect(trip.logged).toEqual([expect.objectContaining({ code: "TASK_ENDED", kind })]);
  });
});

test.each(FROM_OUTSIDE)(
  "a %s that comes again after it has had its effect is no news",
  async (kind, fields) => {
    const trip = await begun();
    await trip.send(delegated);
    await trip.send(partOf(kind, fields));
    await trip.send(partOf(kind, fields));
    await trip.cancel();
    await trip.send(partOf(kind, fields));
    expect(trip.logged.filter(({ messageId }) => messageId === "from-outside")).toEqual([]);
  },
);

test("there is no other reason to ignore a message than those above", () => {
  const source = ["decide", "decide-control", "decide-delegated"]
    .map((name) => readFileSync(join(import.meta.dirname, `../../lib/core/model/${name}.ts`), "utf8"))
    .join("\n");
  const reasons = new Set([...source.matchAll(/ignore\("([^"]+)"\)/g)].map(([, reason]) => reason));
  expect([...reasons].toSorted()).toEqual(["another run", "instance ended", "seen before", "superseded"]);
});
