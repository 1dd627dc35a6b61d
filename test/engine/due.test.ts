import { describe, expect, test } from "vitest";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { InstanceDriver } from "./instance-driver.ts";

class Waits extends Workflow {
  readonly word = channel<string>();
  run = async (): Promise<string> => Promise.race([this.word.receive(), timer("1m").then(() => "late")]);
}

/** An instance whose timer is due, though its wake-up has not come yet. */
async function overdue(): Promise<InstanceDriver> {
  const trip = new InstanceDriver(Waits);
  await trip.start();
  trip.now += 3_600_000;
  return trip;
}

// Found by the simulation, seeds 95, 229 and 1358: of two bridges that owned the key one acknowledged such a message, the
// other let it fire what had become due, and died before it could send what came of that.
describe("what has become due waits", () => {
  test.each([
    ["a wake-up for another instant", { kind: "wake", dueAt: 5 }],
    ["a wake-up of an earlier life", { kind: "wake", run: "r0", dueAt: 5 }],
    ["the start, delivered again", { kind: "start", id: "r1", method: "run", args: [] }],
    ["a reply that nobody waits for", { kind: "task-completed", command: "0.7" }],
  ] as const)("when %s comes", async (_what, message) => {
    const trip = await overdue();
    const before = trip.instance.tip();
    await trip.send(message);
    expect(trip.instance.tip()).toEqual(before);
    expect(trip.instance.isDirty).toBe(false);
  });

  test("for the wake-up that is armed, however late that is", async () => {
    const trip = await overdue();
    await trip.wake();
    expect(trip.result()).toEqual({ status: "completed", result: "late" });
  });
});

test("a new message finds what was due before it already done", async () => {
  const trip = await overdue();
  await trip.signal("word");
  expect(trip.result()).toEqual({ status: "completed", result: "late" });
});

// Found by the simulation, seed 104661: two bridges published such a wake-up for each other, ever more of them.
test("a wake-up that comes early is followed by one for a later instant, so that none is its own cause", async () => {
  const trip = await overdue();
  trip.now -= 3_600_000;
  const first = trip.instance.armed as number;
  await trip.wake();
  const second = trip.instance.armed as number;
  await trip.wake();
  expect(second).toBeGreaterThan(first);
  expect(second).toBeLessThanOrEqual(first + 1_001);
  expect(trip.instance.armed).toBeGreaterThan(second);
  expect(trip.result()).toEqual({ status: "running" });
  trip.now += 3_600_000;
  await trip.wake();
  expect(trip.result()).toEqual({ status: "completed", result: "late" });
});
