import { describe, expect, test } from "vitest";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { Desk, InstanceDriver, startedAt } from "./instance-driver.ts";

class TripV1 extends Workflow {
  readonly desk = newService(Desk);
  readonly word = channel<string>();

  async run(): Promise<string[]> {
    const first = await this.desk.work("first");
    return [first, await this.word.receive()];
  }

  async more(): Promise<string> {
    return await this.word.receive();
  }
}

class ChangedTrip extends TripV1 {
  override async run(): Promise<string[]> {
    await timer("1h");
    return [];
  }
}

class TripV2 extends TripV1 {
  static readonly version = 2;
}

class BrokenTrip extends TripV1 {
  readonly broken = ((): never => {
    throw new RangeError("broken field");
  })();
}

const result = { status: "completed", result: ["a", "b"] };

describe("an instance whose code cannot be run", () => {
  test.each<[string, typeof TripV1, string]>([
    ["has changed", ChangedTrip, "WorkflowChangedError"],
    ["lacks its version", TripV2, "UnknownWorkflowVersionError"],
    ["cannot be built", BrokenTrip, "RangeError"],
  ])(
    "because it %s stops, keeps its messages in order, and goes on once the code is back",
    async (_what, broken, error) => {
      const trip = new InstanceDriver(TripV1);
      await trip.start();
      trip.deploy(broken);
      await trip.complete("0.0", "a");
      await trip.signal("b", "s1");
      await trip.signal("b", "s1");
      expect(trip.status).toBe("stopped");
      expect(trip.view?.stopped).toMatchObject({ failure: { name: error }, messages: 2 });
      expect(trip.told).toEqual(["task 0.0"]);
      trip.deploy(TripV1);
      await trip.wake();
      expect(trip.result()).toEqual(result);
      expect(trip.instance.waiting).toEqual([]);
      expect(trip.instance.stopped).toBeUndefined();
    },
  );

  test("applies what waited before the message that finds the code back", async () => {
    const trip = new InstanceDriver(TripV1);
    await trip.start();
    trip.deploy(ChangedTrip);
    await trip.complete("0.0", "a");
    trip.deploy(TripV1);
    await trip.signal("b");
    expect(trip.result()).toEqual(result);
  });

  test("keeps what waits in one piece, though its code fails only once", async () => {
    let isBuilt = false;
    class Unsteady extends TripV1 {
      readonly part = (() => {
        if (isBuilt) return "steady";
        isBuilt = true;
        throw new RangeError("the first time");
      })();
    }
    const trip = new InstanceDriver(TripV1);
    await trip.start();
    trip.deploy(ChangedTrip);
    await trip.complete("0.0", "a");
    trip.deploy(Unsteady);
    await trip.wake();
    expect([trip.status, trip.instance.waiting.length]).toEqual(["stopped", 1]);
    await trip.wake();
    expect([trip.status, trip.instance.waiting.length]).toEqual(["running", 0]);
    await trip.signal("b");
    expect(trip.result()).toEqual(result);
  });

  test("keeps its start, and begins once the code is there", async () => {
    const trip = new InstanceDriver(BrokenTrip);
    await trip.start();
    await trip.signal("b");
    expect([trip.status, trip.told]).toEqual(["stopped", []]);
    trip.deploy(TripV1);
    await trip.start();
    await trip.complete("0.0", "a");
    expect(trip.result()).toEqual(result);
  });

  test("wakes up by itself after 1 min, 5 min, 15 min and then every hour", async () => {
    const trip = new InstanceDriver(BrokenTrip);
    await trip.start();
    const delays: number[] = [];
    for (let time = 0; time < 6; time++) {
      const { retryAt = 0 } = trip.instance.stopped ?? {};
      expect(trip.instance.armed).toBe(retryAt);
      delays.push(Math.round((retryAt - trip.now) / 60_000));
      trip.now = retryAt - 1;
      await trip.send({ kind: "wake", dueAt: retryAt });
    }
    expect(delays).toEqual([1, 5, 15, 60, 60, 60]);
  });

  test("does not put off its next try when messages come", async () => {
    const trip = new InstanceDriver(BrokenTrip);
    await trip.start();
    const retryAt = trip.instance.stopped?.retryAt;
    await trip.signal("a");
    await trip.signal("b");
    expect(trip.instance.stopped).toMatchObject({ retryAt, attempts: 0 });
  });

  test("drops what changes nothing, as ever", async () => {
    const trip = new InstanceDriver(TripV1);
    await trip.start();
    trip.deploy(ChangedTrip);
    await trip.complete("0.0", "a");
    await trip.send({ kind: "task-completed", command: "0.0", run: "another" });
    await trip.complete("0.9");
    await trip.start();
    expect(trip.instance.waiting).toHaveLength(1);
  });
});

// Found by the simulation, seed 210482: the bridge died before it published such an answer, which nothing made again.
describe("a call that has waited, and that nothing comes of, is answered from the outbox", () => {
  const caller = { workflow: "Agency", workflowId: "a-1", run: "r9", command: "0.0" };
  const call = (trip: InstanceDriver) =>
    trip.send({ kind: "method", id: "call-1", method: "more", args: [], caller });

  test("when what waited before it has ended the instance", async () => {
    const trip = new InstanceDriver(TripV1);
    await trip.start();
    trip.deploy(ChangedTrip);
    await trip.complete("0.0", "a");
    await trip.signal("b");
    await call(trip);
    trip.deploy(TripV1);
    expect((await trip.wake()).answers).toEqual([]);
    expect(trip.result()).toEqual(result);
    expect(trip.sent).toContain("child-ended call-1:answered");
    expect(trip.history.at(-1)).toMatchObject({ outcome: { failure: { name: "WorkflowEndedError" } } });
  });

  test("when the stopped instance is canceled", async () => {
    const trip = new InstanceDriver(TripV1);
    await trip.start();
    trip.deploy(ChangedTrip);
    await call(trip);
    await trip.cancel();
    expect([trip.status, trip.instance.waiting]).toEqual(["canceled", []]);
    expect(trip.sent).toContain("child-ended call-1:answered");
  });

  test("when the instance is canceled before it begins", async () => {
    const trip = new InstanceDriver(TripV1);
    await call(trip);
    await trip.cancel();
    await trip.start();
    expect(trip.status).toBe("canceled");
    expect(trip.sent).toEqual(["child-ended call-1:answered"]);
  });
});

describe("an instance whose code has killed invocations", () => {
  test("is stopped without running it, keeps the message, and goes on when it may run again", async () => {
    const trip = new InstanceDriver(TripV1);
    await trip.start({ run: false });
    expect(trip.view?.stopped).toMatchObject({ failure: { name: "InvocationDiedError" }, messages: 1 });
    expect(trip.history.map(({ kind }) => kind)).toEqual(["instance-started"]);
    await trip.signal("b");
    await trip.complete("0.0", "a");
    expect(trip.result()).toEqual(result);
  });

  test("keeps what it has done", async () => {
    const trip = new InstanceDriver(TripV1);
    await trip.start();
    await trip.send({ kind: "task-completed", command: "0.0", value: "a" }, { run: false });
    await trip.send({ kind: "wake", dueAt: startedAt }, { run: false });
    await trip.send({ kind: "task-completed", command: "0.0", value: "a", run: "other" }, { run: false });
    expect(trip.view?.stopped).toMatchObject({ messages: 1 });
    await trip.signal("b");
    expect(trip.result()).toEqual(result);
  });
});

describe("a message that comes before its start", () => {
  test("CHA-25 a signal is received after it, once", async () => {
    const trip = new InstanceDriver(TripV1);
    await trip.signal("b", "s1");
    await trip.signal("b", "s1");
    expect([trip.status, trip.instance.waiting.length]).toEqual(["early", 1]);
    await trip.start();
    await trip.signal("b", "s1");
    await trip.complete("0.0", "a");
    expect(trip.result()).toEqual(result);
  });

  test("a method runs after it", async () => {
    const trip = new InstanceDriver(TripV1);
    await trip.call("more");
    await trip.start();
    await trip.signal("b");
    expect(trip.result("more")).toEqual({ status: "completed", result: "b" });
  });

  test("a cancel ends it at once: no code runs, nothing is sent", async () => {
    const trip = new InstanceDriver(TripV1);
    await trip.signal("b");
    await trip.cancel();
    await trip.start();
    expect([trip.status, trip.result()]).toEqual(["canceled", { status: "canceled" }]);
    expect(trip.sent).toEqual([]);
    expect(trip.instance.stopped).toBeUndefined();
    await trip.signal("c");
    await trip.start();
    expect(trip.status).toBe("canceled");
  });

  test.each(["task-completed", "attempt-failed", "child-ended", "wake"])("a %s is dropped", async (kind) => {
    const trip = new InstanceDriver(TripV1);
    await trip.send({ kind, command: "0.0", dueAt: 1 } as never);
    expect([trip.instance.isDirty, trip.instance.waiting]).toEqual([false, []]);
  });

  test("can be canceled all the same, and forgets what waited for its code", async () => {
    const trip = new InstanceDriver(TripV1);
    await trip.start();
    trip.deploy(ChangedTrip);
    await trip.complete("0.0", "a");
    await trip.cancel();
    expect(trip.status).toBe("canceled");
    expect(trip.instance.waiting).toEqual([]);
    expect(trip.result()).toEqual({ status: "canceled" });
  });
});
