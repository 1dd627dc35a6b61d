import { describe, expect, test } from "vitest";
import { RULES } from "../../lib/core/model/rules.ts";
import type { Deferred } from "../../lib/runtime/deferred.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { Desk, InstanceDriver } from "./instance-driver.ts";

class Shared extends Workflow {
  readonly word = channel<string>();
  readonly desk = newService(Desk);
  held: Deferred<unknown> | undefined;
  readonly heard: string[] = [];

  async timer(): Promise<void> {
    this.held = timer("1h");
    await this.word.receive();
  }

  async task(): Promise<void> {
    this.held = this.desk.work();
    await this.word.receive();
  }

  async receive(): Promise<void> {
    this.held = this.word.receive();
    await timer("1h");
  }

  async other(): Promise<unknown> {
    return await this.held;
  }

  async careful(): Promise<unknown> {
    try {
      return await this.held;
    } catch (error) {
      await this.desk.work("tidy up");
      return (error as Error).message;
    }
  }

  async late(): Promise<unknown> {
    await timer("2h");
    return [this.held?.status(), await this.held?.then(String, String)];
  }
}

const canceled = (method: string) => `workflow Trip.${method} (t-1) was canceled`;
const cancelMain = { kind: "cancel", id: "c1", methodId: "main" } as const;

describe.each([true, false])("a method that awaits what another one holds (warm: %s)", (isWarm) => {
  async function sharing(method: "timer" | "task" | "receive", other: string): Promise<InstanceDriver> {
    const trip = new InstanceDriver(Shared);
    trip.isWarm = isWarm;
    await trip.start(undefined, method);
    await trip.call(other);
    return trip;
  }

  test.each(["timer", "task", "receive"] as const)(
    "EDG-43 gets an error when that is canceled: a %s",
    async (held) => {
      const trip = await sharing(held, "other");
      await trip.send(cancelMain);
      expect(trip.result("main")).toEqual({ status: "canceled" });
      expect(trip.result("other")).toMatchObject({
        status: "failed",
        error: { name: "WorkflowCanceledError", message: canceled(held) },
      });
    },
  );

  test("EDG-43 may catch it and go on", async () => {
    const trip = await sharing("timer", "careful");
    await trip.send(cancelMain);
    await trip.complete("1.0");
    expect(trip.result("careful")).toEqual({ status: "completed", result: canceled("timer") });
  });

  test("EDG-43 gets it also when it awaits later", async () => {
    for (const held of ["timer", "task", "receive"] as const) {
      const trip = await sharing(held, "late");
      await trip.send(cancelMain);
      trip.now += 7_200_000;
      await trip.wake();
      const message = `WorkflowCanceledError: ${canceled(held)}`;
      expect(trip.result("late")).toEqual({ status: "completed", result: ["canceled", message] });
    }
  });

  test("EDG-43 gets none when the whole instance is canceled, and does nothing more", async () => {
    const trip = await sharing("timer", "careful");
    await trip.cancel();
    expect(trip.status).toBe("canceled");
    expect(trip.told.filter((record) => record.startsWith("task"))).toEqual([]);
    expect(trip.instance.execution?.poisoned).toBeUndefined();
  });
});

test("EDG-43 a run of before leaves the other method waiting", async () => {
  const trip = new InstanceDriver(Shared);
  await trip.start(undefined, "timer");
  trip.follow(RULES.canceledMethodsReject.number - 1);
  await trip.call("other");
  await trip.send(cancelMain);
  expect(trip.result("other")).toEqual({ status: "running" });
});
