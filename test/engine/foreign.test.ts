import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { Desk, InstanceDriver } from "./instance-driver.ts";

/** Read back from its bytes before each message: each step replays what was before. */
class Trip extends Workflow {
  readonly desk = newService(Desk);
  readonly word = channel<string>();
  readonly told = query(() => this.log);
  readonly log: string[] = [];

  async run(): Promise<unknown> {
    const [, text] = await Promise.all([pause(1), this.desk.work("beside I/O")]);
    this.log.push("went on");
    return text;
  }
  async beside(): Promise<unknown> {
    await this.desk.work("beside");
    return this.log;
  }
}

class Repaired extends Trip {
  override async run(): Promise<unknown> {
    return await this.desk.work("beside nothing");
  }
}

describe("EDG-31 a method that was failed for foreign work", () => {
  test("EDG-31 stays failed in each replay, does nothing any more, and stops nobody", async () => {
    const trip = new InstanceDriver(Trip);
    await trip.start();
    expect(trip.result()).toMatchObject({ status: "failed", error: { name: "ForeignAwaitError" } });
    await trip.call("beside");
    await trip.complete("0.0", "late");
    await trip.complete("1.0", "done");
    expect(trip.view?.stopped).toBeUndefined();
    expect(trip.result("beside")).toEqual({ status: "completed", result: [] });
    expect(await trip.query("told")).toEqual([]);
  });

  test("EDG-31 runs again from its history once it is repaired", async () => {
    const trip = new InstanceDriver(Trip);
    await trip.start();
    await trip.call("beside");
    trip.deploy(Repaired);
    await trip.send({ kind: "retry", id: "again" });
    await trip.complete("0.0", "repaired");
    expect(trip.result()).toEqual({ status: "completed", result: "repaired" });
    expect(trip.view?.stopped).toBeUndefined();
  });
});

describe("EDG-32 a method that waits for another one of its instance", () => {
  class Latch extends Workflow {
    readonly desk = newService(Desk);
    #free: (() => void) | undefined;

    async run(): Promise<unknown> {
      await timer("1h");
      this.#free?.();
      return "freed";
    }
    async beside(): Promise<unknown> {
      await new Promise<void>((resolve) => {
        this.#free = resolve;
      });
      return await this.desk.work("freed");
    }
  }

  test("EDG-32 goes on in a replay as it does without one", async () => {
    const trip = new InstanceDriver(Latch);
    await trip.start();
    await trip.call("beside");
    trip.now += 3_600_000;
    await trip.wake();
    await trip.complete("1.0", "done");
    expect(trip.result()).toEqual({ status: "completed", result: "freed" });
    expect(trip.result("beside")).toEqual({ status: "completed", result: "done" });
  });
});
