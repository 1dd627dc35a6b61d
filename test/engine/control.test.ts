import { describe, expect, test } from "vitest";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { Desk, InstanceDriver } from "./instance-driver.ts";

const desk = newService(Desk);
const timedDesk = newService(Desk, { timeout: 1_000 });

class Calls extends Workflow {
  run = async (): Promise<string> => desk.work("once");
}

describe("retry-tasks", () => {
  test("begins a new sequence, and the held method resumes with its outcome", async () => {
    const trip = new InstanceDriver(Calls);
    await trip.start();
    await trip.fail("0.0");
    await trip.send({ kind: "retry-tasks", id: "again", status: "failed" });
    expect(trip.sent.at(-1)).toBe("execute-task 0.0:1.0");
    expect(trip.instance.state?.command("0.0")).toMatchObject({ sequence: 1, attempt: 0, status: "pending" });
    await trip.complete("0.0", "done");
    expect(trip.result()).toEqual({ status: "completed", result: "done" });
  });

  test("is heard once, also when it found nothing to retry", async () => {
    const trip = new InstanceDriver(Calls);
    await trip.start();
    await trip.send({ kind: "retry-tasks", id: "again" });
    await trip.fail("0.0");
    const before = trip.history.length;
    await trip.send({ kind: "retry-tasks", id: "again" });
    expect(trip.history).toHaveLength(before);
  });

  test("leaves alone what its service, its status or its task id does not name", async () => {
    const trip = new InstanceDriver(Calls);
    await trip.start();
    await trip.fail("0.0");
    await trip.send({ kind: "retry-tasks", service: "Other" });
    await trip.send({ kind: "retry-tasks", status: "timedOut" });
    await trip.send({ kind: "retry-tasks", taskId: "Trip:t-1:r1:0.1" });
    expect(trip.told).not.toContain("task-retried");
    await trip.send({ kind: "retry-tasks", taskId: "Trip:t-1:r1:0.0" });
    expect(trip.told).toContain("task-retried");
  });

  test("ignores what the sequence before it still reports as failed", async () => {
    const trip = new InstanceDriver(Calls);
    await trip.start();
    await trip.fail("0.0");
    await trip.send({ kind: "retry-tasks" });
    const before = trip.history.length;
    await trip.fail("0.0");
    expect(trip.history).toHaveLength(before);
  });

  test("gives a timed-out task its whole timeout again", async () => {
    const trip = new InstanceDriver(
      class extends Workflow {
        run = async () => timedDesk.work();
      },
    );
    await trip.start();
    trip.now += 2_000;
    await trip.wake();
    expect(trip.result()).toMatchObject({ status: "failed", error: { name: "TaskTimedOutError" } });
    await trip.send({ kind: "retry-tasks", status: "timedOut" });
    expect(trip.instance.armed).toBe(trip.now + 1_000);
    await trip.complete("0.0", "late");
    expect(trip.result()).toEqual({ status: "completed", result: "late" });
  });

  test("lets a second await of a caught failure wait for the next outcome", async () => {
    const trip = new InstanceDriver(
      class extends Workflow {
        readonly go = channel<string>();
        async run() {
          const task = desk.work();
          const first = await task.then(
            () => "done",
            () => "caught",
          );
          await this.go.receive();
          return [first, task.status(), await task];
        }
      },
    );
    await trip.start();
    await trip.fail("0.0");
    await trip.send({ kind: "retry-tasks" });
    await trip.send({ kind: "signal", channel: "go", value: "on" });
    expect(trip.result()).toEqual({ status: "running" });
    await trip.complete("0.0", "second");
    expect(trip.result()).toEqual({ status: "completed", result: ["caught", "pending", "second"] });
  });
});

describe("complete-timers", () => {
  class Waits extends Workflow {
    readonly word = channel<string>();
    run = async () => Promise.race([this.word.receive(), timer("1h")]);
    other = async () => timer("2h");
  }

  test("fires the pending timers of all methods, or of the one it names", async () => {
    const trip = new InstanceDriver(Waits);
    await trip.start();
    await trip.call("other");
    await trip.send({ kind: "complete-timers", methodId: "nobody" });
    expect(trip.result()).toEqual({ status: "running" });
    await trip.send({ kind: "complete-timers", methodId: "main" });
    expect(trip.result()).toEqual({ status: "completed", result: new Date(trip.now).toISOString() });
    expect(trip.result("other")).toEqual({ status: "running" });
    await trip.send({ kind: "complete-timers" });
    expect(trip.result("other")).toMatchObject({ status: "completed" });
  });
});

describe("retry", () => {
  const broken = class extends Workflow {
    async run(): Promise<string> {
      await desk.work("first");
      throw new RangeError("a bug");
    }
  };
  const repaired = class extends Workflow {
    seen = 0;
    async run(): Promise<string> {
      await desk.work("first");
      this.seen = await inline(() => 7);
      return `${await desk.work("second")} ${this.seen}`;
    }
  };

  test("goes on where the failure was, once the code is repaired, and replays find the same", async () => {
    const trip = new InstanceDriver(broken);
    await trip.start();
    await trip.complete("0.0", "one");
    expect(trip.result()).toMatchObject({ status: "failed", error: { name: "RangeError" } });
    trip.deploy(repaired);
    await trip.send({ kind: "retry" });
    expect(trip.sent.at(-1)).toBe("execute-task 0.2:0.0");
    await trip.complete("0.2", "two");
    expect(trip.result()).toEqual({ status: "completed", result: "two 7" });
    expect(trip.instance.stopped).toBeUndefined();
  });

  test("fails again where the code is as broken as before, and can be repeated", async () => {
    const trip = new InstanceDriver(broken);
    await trip.start();
    await trip.complete("0.0", "one");
    await trip.send({ kind: "retry" });
    expect(trip.result()).toMatchObject({ status: "failed" });
    expect(trip.history.at(-1)).toMatchObject({ kind: "method-failed", number: 2 });
    trip.deploy(repaired);
    await trip.send({ kind: "retry" });
    await trip.complete("0.2", "two");
    expect(trip.result()).toEqual({ status: "completed", result: "two 7" });
  });

  test("leaves a method alone that waits for its failed task", async () => {
    const trip = new InstanceDriver(Calls);
    await trip.start();
    await trip.fail("0.0");
    await trip.send({ kind: "retry" });
    expect(trip.told).not.toContain("method-retried");
  });
});
