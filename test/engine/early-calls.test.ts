import { describe, expect, test } from "vitest";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { InstanceDriver, startedAt } from "./instance-driver.ts";

class TripV1 extends Workflow {
  async run(): Promise<void> {
    await timer("1h");
  }

  async ask(): Promise<string> {
    return "asked";
  }
}

class ShortTrip extends TripV1 {
  override async run(): Promise<void> {}
}

const caller = { workflow: "Agency", workflowId: "a-1", run: "r9", command: "0.0" };
const calledAt = startedAt + 1;
const dueAt = calledAt + 10_000;

/** An instance that does not exist, and what another workflow and time tell it. */
function nobody(code: typeof TripV1 = TripV1) {
  const trip = new InstanceDriver(code);
  const answersOf = async (part: Parameters<typeof trip.send>[0]): Promise<readonly unknown[]> =>
    (await trip.send({ at: calledAt, ...part })).answers;
  return {
    trip,
    call: (more: object = {}) =>
      answersOf({ kind: "method", id: "call-1", method: "ask", args: [], caller, ...more }),
    wake: (instant = dueAt) => answersOf({ kind: "wake", run: "early", at: instant, dueAt: instant }),
  };
}

const refusal = {
  topic: "workflow-engine:Agency",
  key: "a-1",
  message: {
    kind: "child-ended",
    id: "call-1:answered",
    command: "0.0",
    outcome: { kind: "failed", failure: { name: "WorkflowUnknownError" } },
  },
};

describe("a workflow that calls an instance which has not started", () => {
  test("wakes that instance 10 s later, however often the call is delivered", async () => {
    const { call } = nobody();
    const wake = { deliverAt: dueAt, key: "t-1", message: { kind: "wake", run: "early", dueAt } };
    expect(await call()).toMatchObject([wake]);
    expect(await call()).toMatchObject([wake]);
  });

  test("is told then that it is unknown, however often the wake-up is delivered", async () => {
    const { trip, call, wake } = nobody();
    await call();
    expect(await wake()).toMatchObject([refusal]);
    expect(trip.instance.isDirty).toBe(true);
    expect(await wake()).toMatchObject([refusal]);
    expect(trip.instance.isDirty).toBe(false);
    expect(await call()).toMatchObject([refusal]);
  });

  test("is not told by the wake-up of an earlier call", async () => {
    const { call, wake } = nobody();
    await call();
    expect(await wake(dueAt - 1)).toEqual([]);
  });

  // Found by the simulation: each answer made its caller send the next call again, and each call sent all answers.
  test("is answered alone, whatever other calls are refused with it", async () => {
    const { call, wake } = nobody();
    const second = () => call({ id: "call-2", at: calledAt + 5, caller: { ...caller, command: "0.1" } });
    await call();
    await second();
    const other = { message: { id: "call-2:answered", command: "0.1" } };
    for (const answers of [await wake(dueAt + 5), await second()]) expect(answers).toMatchObject([other]);
    for (const answers of [await wake(), await call()]) expect(answers).toMatchObject([refusal]);
  });

  test("is answered when the instance starts in time", async () => {
    const { trip, call, wake } = nobody();
    await call();
    await trip.start();
    expect(await wake()).toEqual([]);
    expect(trip.result("call-1")).toEqual({ status: "completed", result: "asked" });
  });

  test("has been refused for good when the instance starts later", async () => {
    const { trip, call, wake } = nobody();
    await call();
    await wake();
    await trip.start();
    expect(await call()).toMatchObject([refusal]);
    expect(await wake()).toMatchObject([refusal]);
    expect(trip.result("call-1")).toBeUndefined();
  });

  // Found by the simulation, seed 1795569218: it was told then, too, that the instance had ended.
  test("is told the same when the instance has ended since", async () => {
    const { trip, call, wake } = nobody(ShortTrip);
    await call();
    await wake();
    await trip.start();
    expect(trip.status).toBe("completed");
    const answers = await call();
    expect(answers).toMatchObject([refusal]);
    expect(answers).toHaveLength(1);
  });
});
