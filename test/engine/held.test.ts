import { describe, expect, test } from "vitest";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { boom, Desk, InstanceDriver } from "./instance-driver.ts";

class Base extends Workflow {
  readonly desk = newService(Desk);
  readonly word = channel<string>();
  notes: string[] = [];
  readonly noted = query(() => this.notes);

  /** Another method on the same fields. */
  async watch(): Promise<string[]> {
    while (true) {
      const heard = await this.word.receive();
      this.notes.push(heard);
      if (this.notes.length > 2) await this.desk.work(this.notes.join());
      if (heard === "stop") return this.notes;
    }
  }
}

/** An instance that has started, whose method `run` is this code. */
async function started(code: (self: Base) => Promise<unknown>): Promise<InstanceDriver> {
  const trip = new InstanceDriver(
    class extends Base {
      run = (): Promise<unknown> => code(this);
    },
  );
  await trip.start();
  return trip;
}

const failed = {
  status: "failed",
  error: { name: "TaskFailedError", cause: { name: "TypeError", message: "boom" } },
};

describe("a task's failure that goes through a method uncaught", () => {
  test("fails the method, which stays open and resumes with a late result", async () => {
    const trip = await started(async ({ desk }) => `got ${await desk.work()}`);
    await trip.fail("0.0");
    expect(trip.result()).toMatchObject(failed);
    expect(trip.status).toBe("failed");
    await trip.complete("0.0", "it");
    expect(trip.result()).toEqual({ status: "completed", result: "got it" });
    expect(trip.status).toBe("completed");
    expect(trip.told).toEqual([
      "task 0.0",
      "task-failed",
      "method-failed",
      "task-completed",
      "method-completed",
    ]);
    expect(trip.history.at(-1)).toMatchObject({ number: 2 });
  });

  test("of two tasks leaves the method failed until both have another outcome, in whatever order", async () => {
    for (const [first, last] of [
      ["0.0", "0.1"],
      ["0.1", "0.0"],
    ] as const) {
      const trip = await started(async ({ desk }) => Promise.all([desk.work(), desk.work()]));
      await trip.fail("0.0");
      await trip.fail("0.1");
      expect(trip.history.at(-1)).toMatchObject({ kind: "method-failed", number: 2 });
      await trip.complete(first, first);
      expect(trip.result()).toMatchObject(failed);
      await trip.complete(last, last);
      expect(trip.result()).toEqual({ status: "completed", result: ["0.0", "0.1"] });
    }
  });

  test("no longer matters to a method that has ended otherwise", async () => {
    const trip = await started(async ({ desk }) => Promise.race([desk.work(), desk.work()]));
    await trip.call("watch");
    await trip.fail("0.0");
    await trip.complete("0.1", "b");
    expect(trip.result()).toEqual({ status: "completed", result: "b" });
    await trip.complete("0.0", "late");
    expect(trip.result()).toEqual({ status: "completed", result: "b" });
    const other = await started(async ({ desk }) => await desk.work());
    await other.call("watch");
    await other.fail("0.0");
    await other.send({ kind: "cancel", methodId: "main" });
    await other.complete("0.0", "late");
    expect([other.result(), other.status]).toEqual([{ status: "canceled" }, "running"]);
  });

  test("ERR-25 undoes what a finally did to properties, and other methods see one consistent history", async () => {
    const trip = await started(async (self) => {
      try {
        return await self.desk.work();
      } finally {
        self.notes.push("finally");
      }
    });
    await trip.call("watch");
    await trip.signal("before");
    await trip.fail("0.0");
    expect(trip.result()).toMatchObject(failed);
    expect(await trip.query("noted")).toEqual(["before"]);
    await trip.signal("between");
    expect(trip.told.filter((kind) => kind.startsWith("task "))).toEqual(["task 0.0"]);
    await trip.complete("0.0", "ok");
    expect(trip.result()).toEqual({ status: "completed", result: "ok" });
    expect(await trip.query("noted")).toEqual(["before", "between", "finally"]);
    await trip.signal("stop");
    expect(trip.history.at(-1)).toMatchObject({ kind: "task", args: ["before,between,finally,stop"] });
  });

  test("ERR-26 stands when a finally awaits a task, which runs once", async () => {
    const trip = await started(async ({ desk }) => {
      try {
        return await desk.work();
      } finally {
        await desk.work("last");
      }
    });
    await trip.fail("0.0");
    expect(trip.result()).toEqual({ status: "running" });
    await trip.complete("0.1");
    expect(trip.result()).toMatchObject(failed);
    await trip.complete("0.0", "too late");
    expect(trip.result()).toMatchObject(failed);
    expect(trip.told.filter((kind) => kind.startsWith("task "))).toEqual(["task 0.0", "task 0.1"]);
  });

  test("ERR-26 stands also when nobody awaits the task of the finally", async () => {
    const trip = await started(async ({ desk }) => {
      try {
        return await desk.work();
      } finally {
        desk.work("last");
      }
    });
    await trip.fail("0.0");
    expect(trip.result()).toMatchObject(failed);
    expect(trip.history.at(-1)).not.toHaveProperty("held");
    await trip.complete("0.0", "too late");
    expect(trip.result()).toMatchObject(failed);
  });

  test("ERR-27 stands when it was caught, compensated and thrown again: the compensation runs once", async () => {
    const trip = await started(async ({ desk }) => {
      try {
        return await desk.work();
      } catch (error) {
        await desk.work("undo");
        throw error;
      }
    });
    await trip.fail("0.0");
    await trip.complete("0.1");
    expect(trip.result()).toMatchObject(failed);
    await trip.complete("0.0", "too late");
    expect(trip.result()).toMatchObject(failed);
    expect(trip.told.filter((kind) => kind.startsWith("task "))).toEqual(["task 0.0", "task 0.1"]);
  });

  test("ERR-28 inside a Promise.all leaves a parallel branch going on, and resumes", async () => {
    const trip = await started(async (self) => {
      const branch = async (): Promise<string> => {
        const first = await self.desk.work("first");
        self.notes.push(first);
        return await self.desk.work("second");
      };
      return await Promise.all([self.desk.work(), branch()]);
    });
    await trip.fail("0.0");
    expect(trip.result()).toMatchObject(failed);
    await trip.complete("0.1", "1");
    expect(trip.told.at(-1)).toBe("task 0.2");
    expect(await trip.query("noted")).toEqual(["1"]);
    await trip.complete("0.2", "2");
    await trip.complete("0.0", "0");
    expect(trip.result()).toEqual({ status: "completed", result: ["0", "2"] });
  });

  test("is held at the await that it went through, not at one that caught it before and acted on it", async () => {
    const trip = await started(async ({ desk }) => {
      const task = desk.work();
      try {
        await task;
      } catch {
        await desk.work("report");
      }
      return await task;
    });
    await trip.fail("0.0");
    await trip.complete("0.1");
    expect(trip.result()).toMatchObject(failed);
    await trip.complete("0.0", "after all");
    expect(trip.result()).toEqual({ status: "completed", result: "after all" });
  });

  test("is held at the await that it went through, also when another saw what came of an earlier one", async () => {
    const trip = await started(async (self) => {
      const task = self.desk.work();
      const alarm = timer("1h");
      await task.then(undefined, () => self.notes.push("caught", "it"));
      await alarm;
      return await task;
    });
    await trip.call("watch");
    await trip.fail("0.0");
    await trip.signal("and spoke of it");
    expect(trip.history.at(-1)).toMatchObject({ args: ["caught,it,and spoke of it"] });
    trip.now += 3_600_000;
    await trip.wake();
    expect(trip.result()).toMatchObject(failed);
    await trip.complete("0.0", "after all");
    expect(trip.result()).toEqual({ status: "completed", result: "after all" });
  });

  test("stands when it is thrown at a later event, and another method has acted on what came of it", async () => {
    const trip = await started(async (self) => {
      const alarm = timer("1h");
      const [ended] = await Promise.allSettled([
        self.desk.work().then(undefined, (error) => {
          self.notes.push("caught", "it");
          throw error;
        }),
      ]);
      await alarm;
      throw (ended as PromiseRejectedResult).reason;
    });
    await trip.call("watch");
    await trip.fail("0.1");
    await trip.signal("and spoke of it");
    trip.now += 3_600_000;
    await trip.wake();
    expect(trip.result()).toMatchObject(failed);
    expect(trip.history.at(-1)).not.toHaveProperty("held");
    await trip.complete("0.1", "too late");
    expect(trip.result()).toMatchObject(failed);
    expect(trip.instance.stopped).toBeUndefined();
  });

  test("of the same Deferred awaited twice at once is held once", async () => {
    const trip = await started(async ({ desk }) => {
      const task = desk.work();
      return await Promise.all([task, task]);
    });
    await trip.fail("0.0");
    expect(trip.told).toEqual(["task 0.0", "task-failed", "method-failed"]);
    await trip.complete("0.0", "a");
    expect(trip.result()).toEqual({ status: "completed", result: ["a", "a"] });
  });

  test("holds every method that it goes through", async () => {
    const trip = new InstanceDriver(
      class extends Base {
        shared = undefined as PromiseLike<string> | undefined;
        run = async (): Promise<string> => {
          this.shared = this.desk.work();
          return await this.shared;
        };
        join = async (): Promise<string | undefined> => await this.shared;
      },
    );
    await trip.start();
    await trip.call("join");
    await trip.fail("0.0");
    expect([trip.result(), trip.result("join"), trip.status]).toMatchObject([failed, failed, "failed"]);
    await trip.complete("0.0", "a");
    expect([trip.result(), trip.result("join")]).toMatchObject([{ result: "a" }, { result: "a" }]);
  });

  test("that is thrown as the cause of another error fails the method for good", async () => {
    const trip = await started(async ({ desk }) => {
      try {
        return await desk.work();
      } catch (cause) {
        throw new RangeError("no trip", { cause });
      }
    });
    await trip.fail("0.0");
    await trip.complete("0.0", "too late");
    expect(trip.result()).toMatchObject({
      status: "failed",
      error: { name: "RangeError", cause: { name: "TaskFailedError" } },
    });
  });
});

test("a failed child is held too, and resumes with its later outcome", async () => {
  const { newWorkflow } = await import("../../lib/workflow/workflow-stub.ts");
  const { defineWorkflow } = await import("../../lib/core/contract/definition.ts");
  const Leg = defineWorkflow<{ fly(): Promise<string> }>("Leg");
  const trip = await started(async () => await newWorkflow(Leg, { id: "l" }).fly());
  const ended = (number: number, outcome: object) =>
    trip.send({ kind: "child-ended", command: "0.0", number, outcome });
  await ended(1, { kind: "failed", failure: boom });
  expect(trip.result()).toMatchObject({ status: "failed", error: { name: "WorkflowFailedError" } });
  await ended(2, { kind: "completed", value: "home" });
  expect(trip.result()).toEqual({ status: "completed", result: "home" });
});
