import { describe, expect, test } from "vitest";
import { RULES } from "../../lib/core/model/rules.ts";
import type { Failure } from "../../lib/core/values/failure.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { Desk, InstanceDriver } from "./instance-driver.ts";

class Base extends Workflow {
  readonly desk = newService(Desk);
  readonly strict = newService(Desk, { timeout: "1m" });
}

/** An instance that has started, whose method `run` is this code; under the rules of the engine that are given. */
async function started(code: (self: Base) => Promise<unknown>, rules?: number): Promise<InstanceDriver> {
  const trip = new InstanceDriver(
    class extends Base {
      run = (): Promise<unknown> => code(this);
    },
  );
  await trip.start();
  if (rules !== undefined) trip.follow(rules);
  return trip;
}

const failure = (message: string): Failure => ({ name: "CardError", message, properties: { cents: 5 } });
const fail = (trip: InstanceDriver, command: string, sequence = 0) =>
  trip.send({ kind: "attempt-failed", command, sequence, attempt: 0, failure: failure(command) });
const retryTasks = (trip: InstanceDriver) => trip.send({ kind: "retry-tasks" });
const both = ({ desk }: Base) => Promise.any([desk.work("a"), desk.work("b")]);
const reason = (command: string) => ({
  name: "TaskFailedError",
  cause: { name: "CardError", message: command, properties: { cents: 5 } },
});

describe("EDG-51 a Promise.any whose tasks have all failed", () => {
  test("fails the method with the reasons as data", async () => {
    const trip = await started(both);
    await fail(trip, "0.1");
    expect(trip.result()).toEqual({ status: "running" });
    await fail(trip, "0.0");
    expect(trip.result()).toMatchObject({
      status: "failed",
      error: { name: "AggregateError", errors: [reason("0.0"), reason("0.1")] },
    });
  });

  test.each([
    ["0.0", "0.1"],
    ["0.1", "0.0"],
  ])("resumes once one of them does better, whichever: %s", async (better, other) => {
    const trip = await started(both);
    await fail(trip, "0.0");
    await fail(trip, "0.1");
    await retryTasks(trip);
    expect(trip.status).toBe("failed");
    await trip.complete(better, "well");
    expect(trip.result()).toEqual({ status: "completed", result: "well" });
    expect(trip.status).toBe("completed");
    await trip.complete(other, "late");
    expect(trip.result()).toEqual({ status: "completed", result: "well" });
  });

  test("fails again when all of them have, and resumes again", async () => {
    const trip = await started(both);
    await fail(trip, "0.0");
    await fail(trip, "0.1");
    await retryTasks(trip);
    await fail(trip, "0.0", 1);
    await fail(trip, "0.1", 1);
    expect(trip.result()).toMatchObject({
      status: "failed",
      error: { errors: [reason("0.0"), reason("0.1")] },
    });
    await retryTasks(trip);
    await fail(trip, "0.1", 2);
    await trip.complete("0.0", "well");
    expect(trip.result()).toEqual({ status: "completed", result: "well" });
  });

  test("goes on running after it, as code that waits for more", async () => {
    const trip = await started(async (self) => {
      const first = await both(self);
      await timer("1h");
      return first;
    });
    await fail(trip, "0.0");
    await fail(trip, "0.1");
    await retryTasks(trip);
    await trip.complete("0.0", "well");
    expect(trip.status).toBe("running");
    trip.now += 3_600_000;
    await trip.wake();
    expect(trip.result()).toEqual({ status: "completed", result: "well" });
  });

  test("resumes within a Promise.all, which still waits for its other task", async () => {
    const trip = await started(async (self) => Promise.all([self.desk.work("c"), both(self)]));
    await fail(trip, "0.0");
    await fail(trip, "0.1");
    await fail(trip, "0.2");
    await retryTasks(trip);
    await trip.complete("0.2", "b");
    expect(trip.status).toBe("failed");
    await trip.complete("0.0", "c");
    expect(trip.result()).toEqual({ status: "completed", result: ["c", "b"] });
  });

  test("resumes within another one, and with a Promise.all in it", async () => {
    const trip = await started(async ({ desk }) =>
      Promise.any([
        Promise.any([desk.work("a"), desk.work("b")]),
        Promise.all([desk.work("c"), desk.work("d")]),
      ]),
    );
    await fail(trip, "0.0");
    await fail(trip, "0.2");
    await fail(trip, "0.1");
    expect(trip.result()).toMatchObject({
      status: "failed",
      error: { errors: [{ errors: [reason("0.0"), reason("0.1")] }, reason("0.2")] },
    });
    await retryTasks(trip);
    await trip.complete("0.1", "b");
    expect(trip.result()).toEqual({ status: "completed", result: "b" });
  });

  test("resumes with what timed out, too", async () => {
    const trip = await started(async ({ strict, desk }) => Promise.any([strict.work("a"), desk.work("b")]));
    trip.now += 60_000;
    await trip.wake();
    await fail(trip, "0.1");
    expect(trip.status).toBe("failed");
    await trip.complete("0.0", "late");
    expect(trip.result()).toEqual({ status: "completed", result: "late" });
  });

  test("of one task named twice is held once", async () => {
    const trip = await started(async ({ desk }) => {
      const task = desk.work();
      return Promise.any([task, task]);
    });
    await fail(trip, "0.0");
    await trip.complete("0.0", "well");
    expect(trip.result()).toEqual({ status: "completed", result: "well" });
  });

  test("beside a reason that is no task's is held by its tasks", async () => {
    const trip = await started(async ({ desk }) =>
      Promise.any([desk.work(), Promise.reject(new Error("plain"))]),
    );
    await fail(trip, "0.0");
    expect(trip.result()).toMatchObject({
      error: { errors: [reason("0.0"), { name: "Error", message: "plain" }] },
    });
    await trip.complete("0.0", "well");
    expect(trip.result()).toEqual({ status: "completed", result: "well" });
  });

  test("that the code catches is no failure, and its errors are the tasks' own", async () => {
    const trip = await started(async (self) => {
      try {
        return await both(self);
      } catch (error) {
        const { errors } = error as AggregateError;
        return errors.map(({ name, cause }) => `${name} ${(cause as Error).message}`);
      }
    });
    await fail(trip, "0.0");
    await fail(trip, "0.1");
    const result = ["TaskFailedError 0.0", "TaskFailedError 0.1"];
    expect(trip.result()).toEqual({ status: "completed", result });
  });

  test("is for good in a run that began before the rule", async () => {
    const trip = await started(both, RULES.anyIsHeld.number - 1);
    await fail(trip, "0.0");
    await fail(trip, "0.1");
    expect(trip.history.at(-1)).not.toHaveProperty("held");
    await retryTasks(trip);
    await trip.complete("0.0", "well");
    expect(trip.result()).toMatchObject({ status: "failed" });
  });
});
