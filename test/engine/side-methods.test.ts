import { describe, expect, test } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { RULES } from "../../lib/core/model/rules.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { workflowContext } from "../../lib/workflow/workflow-context.ts";
import { getWorkflowById } from "../../lib/workflow/workflow-stub.ts";
import { Desk, InstanceDriver } from "./instance-driver.ts";

interface Trip {
  nosuch(): Promise<void>;
}
const Trip = defineWorkflow<Trip>("Trip");
const caller = { workflow: "Tour", workflowId: "p-1", run: "p1", command: "0.7" };
const unknown = { name: "UnknownMethodError", message: "expected a method of workflow Trip, got nosuch" };

class Main extends Workflow {
  readonly word = channel<string>();
  readonly desk = newService(Desk);
  readonly noMethod = "a field";

  async run(): Promise<string> {
    return await this.word.receive();
  }

  async throws(): Promise<void> {
    throw new Error("no");
  }

  async works(): Promise<string> {
    return await this.desk.work();
  }

  async calls(): Promise<string> {
    const self = getWorkflowById(Trip, workflowContext().workflowId);
    return await self.nosuch().then(String, String);
  }
}

async function started(isWarm: boolean, method?: string): Promise<InstanceDriver> {
  const trip = new InstanceDriver(Main);
  trip.isWarm = isWarm;
  await trip.start(undefined, method);
  return trip;
}

describe.each([true, false])("a call of a method that the code does not have (warm: %s)", (isWarm) => {
  test("EDG-60 begins no method, and is answered", async () => {
    const trip = await started(isWarm);
    for (const name of ["nosuch", "noMethod", "word", "constructor", "toString"]) await trip.call(name);
    await trip.send({ kind: "method", id: "from a workflow", method: "nosuch", args: [], caller });
    expect(trip.instance.state?.methods).toHaveLength(1);
    expect(trip.result("nosuch")).toEqual({ status: "failed", error: expect.objectContaining(unknown) });
    expect(trip.sent).toContain("child-ended from a workflow:answered");
    const before = trip.history.length;
    await trip.call("nosuch");
    expect(trip.history.length).toBe(before);
    await trip.signal("done");
    expect([trip.status, trip.result()]).toEqual(["completed", { status: "completed", result: "done" }]);
  });

  test("EDG-60 of one that calls itself is answered like any other", async () => {
    const trip = await started(isWarm, "calls");
    const sent = { kind: "method", id: "Trip:t-1:r1:0.0", method: "nosuch", args: [] } as const;
    await trip.send({ ...sent, caller: { ...trip.key, run: "r1", command: "0.0" } });
    expect(trip.status).toBe("running");
    const failure = { kind: "failed", failure: unknown } as const;
    await trip.send({ kind: "child-ended", command: "0.0", number: 1, outcome: failure });
    expect(trip.status).toBe("completed");
  });

  test("EDG-60 that comes before the start is answered with it", async () => {
    const trip = new InstanceDriver(Main);
    trip.isWarm = isWarm;
    await trip.send({ kind: "method", id: "early", method: "nosuch", args: [] });
    await trip.start();
    expect(trip.result("early")).toMatchObject({ status: "failed", error: unknown });
    expect(trip.instance.state?.methods).toHaveLength(1);
  });

  test("EDG-60 is judged by the version that runs it", async () => {
    const trip = await started(isWarm);
    await trip.call("later");
    expect(trip.result("later")).toMatchObject({ status: "failed" });
    trip.isWarm = false;
    trip.deploy(
      class extends Main {
        async later(): Promise<string> {
          return "now it is there";
        }
      },
    );
    await trip.send({ kind: "method", id: "again", method: "later", args: [] });
    expect(trip.result("again")).toEqual({ status: "completed", result: "now it is there" });
  });

  test("EDG-60 that is the start fails the instance", async () => {
    const trip = await started(isWarm, "nosuch");
    expect([trip.status, trip.result()]).toMatchObject(["failed", { error: unknown }]);
  });
});

describe.each([true, false])("an instance whose first method has ended (warm: %s)", (isWarm) => {
  test("EDG-60 has ended although other methods have failed", async () => {
    const trip = await started(isWarm);
    await trip.call("throws");
    await trip.call("works");
    await trip.fail("2.0");
    expect(trip.status).toBe("running");
    await trip.signal("done");
    expect(trip.status).toBe("completed");
    expect([trip.result("throws"), trip.result("works")]).toMatchObject([
      { error: { message: "no" } },
      { error: { name: "TaskFailedError" } },
    ]);
  });

  test("EDG-60 has ended when the last other method fails after it", async () => {
    const trip = await started(isWarm);
    await trip.call("works");
    await trip.signal("done");
    expect(trip.status).toBe("running");
    await trip.fail("1.0");
    expect(trip.status).toBe("completed");
  });

  test("EDG-60 was canceled if all that did not fail were", async () => {
    const trip = await started(isWarm);
    await trip.call("throws");
    await trip.send({ kind: "cancel", id: "c1", methodId: "main" });
    expect(trip.status).toBe("canceled");
  });

  test("EDG-60 is failed when that has failed, whatever the others did", async () => {
    const trip = await started(isWarm, "throws");
    await trip.call("works");
    await trip.complete("1.0", "ok");
    expect(trip.status).toBe("failed");
  });
});

test("EDG-60 a run of before stays open while another method is failed", async () => {
  const trip = await started(false);
  trip.follow(RULES.toldFailuresEnd.number - 1);
  await trip.call("throws");
  await trip.signal("done");
  expect(trip.status).toBe("failed");
});
