import { describe, expect, test } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { CURRENT_RULES, RULES } from "../../lib/core/model/rules.ts";
import type { WorkflowError } from "../../lib/core/values/remote-errors.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Deferred } from "../../lib/runtime/deferred.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { getWorkflowById, newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { boom, Driver, startedAt } from "./driver.ts";

interface Desk {
  work(what?: unknown): string;
}
const Desk = defineService<Desk>("Desk");
interface Leg {
  fly(to?: unknown): Promise<string>;
  readonly word: Channel<unknown>;
}
const Leg = defineWorkflow<Leg>("Leg");

const nameOf = (error: unknown): string => (error as Error).name;

/** A driver of a workflow whose method `run` is this code. */
function driven(
  code: (desk: ReturnType<typeof newService<Desk>>, self: Board) => unknown,
  rules?: number,
): Driver {
  return new Driver(
    class extends Board {
      async run(): Promise<unknown> {
        return await code(this.desk, this);
      }
    },
    rules === undefined ? {} : { rules },
  );
}

class Board extends Workflow {
  readonly desk = newService(Desk);
  readonly word = channel<string>();
  readonly notes: unknown[] = [];
  shared: Deferred<string> | undefined;

  note(what: unknown): void {
    this.notes.push(what);
  }

  async share(): Promise<string> {
    this.shared = this.desk.work();
    return await this.shared;
  }

  async borrow(): Promise<string | undefined> {
    return await this.shared;
  }

  async hear(): Promise<string> {
    const heard = await this.word.receive();
    await this.desk.work(heard);
    return heard;
  }
}

describe("a Deferred", () => {
  test("is awaited at once or held, and gives its value as often as it is awaited", async () => {
    const trip = driven(async (desk) => {
      const first = desk.work("a");
      const second = await desk.work("b");
      return [second, await first, await first];
    });
    await trip.run("run");
    expect(trip.issued).toEqual(["task 0.0", "task 0.1"]);
    await trip.complete("0.0", "A");
    expect(trip.end()).toBeUndefined();
    await trip.complete("0.1", "B");
    expect(trip.end()).toEqual({ value: ["B", "A", "A"] });
  });

  test("says its status and its id at this moment of history", async () => {
    const trip = driven(async (desk) => {
      const task = desk.work();
      const child = newWorkflow(Leg, { id: "leg-1" }).fly();
      const alarm = timer("1h");
      const before = [task.status(), child.status(), alarm.status()];
      await alarm;
      return {
        before,
        after: [task.status(), child.status(), alarm.status()],
        ids: [task.id, child.id, alarm.id],
      };
    });
    await trip.run("run");
    await trip.fail("0.0");
    await trip.child("0.1", { kind: "completed" });
    await trip.fire("0.2");
    expect(trip.end()).toEqual({
      value: {
        before: ["pending", "pending", "pending"],
        after: ["failed", "completed", "completed"],
        ids: ["Trip:t-1:r1:0.0", "leg-1", "Trip:t-1:r1:0.2"],
      },
    });
  });

  test("that is returned is awaited", async () => {
    const trip = driven((desk) => desk.work());
    await trip.run("run");
    await trip.complete("0.0", "done");
    expect(trip.end()).toEqual({ value: "done" });
  });

  test("gives every await a copy of its own", async () => {
    const trip = driven(async (desk) => {
      const task = desk.work();
      const value = (await task) as unknown as string[];
      value.push("mine");
      return await task;
    });
    await trip.run("run");
    await trip.complete("0.0", ["theirs"]);
    expect(trip.end()).toEqual({ value: ["theirs"] });
  });

  test("of a timer gives its instant", async () => {
    const trip = driven(async () => (await timer(new Date(startedAt + 5))).getTime());
    expect(await trip.run("run")).toEqual([{ kind: "timer", id: "0.0", dueAt: startedAt + 5 }]);
    await trip.fire("0.0");
    expect(trip.end()).toEqual({ value: trip.now });
  });

  test("that failed throws at every await, and after a retry gives the new outcome", async () => {
    const trip = driven(async (desk, self) => {
      const task = desk.work();
      for (let time = 0; time < 2; time++)
        await task.then(self.notes.push, (error) => self.note(nameOf(error)));
      await desk.work();
      return [...self.notes, await task];
    });
    await trip.run("run");
    await trip.fail("0.0");
    await trip.complete("0.0", "after all");
    await trip.complete("0.1");
    expect(trip.end()).toEqual({ value: ["TaskFailedError", "TaskFailedError", "after all"] });
  });

  const refused = { error: "DeferredNotSerializableError" };
  /** Hides a Deferred from the compiler, which would refuse it. */
  const hidden = (deferred: unknown): unknown => deferred;
  test.each<[string, (desk: ReturnType<typeof newService<Desk>>) => unknown]>([
    ["an argument of a task", (desk) => desk.work({ deep: [hidden(desk.work())] })],
    ["an argument of a child", (desk) => newWorkflow(Leg).fly(hidden(desk.work()))],
    ["an argument of a method", (desk) => getWorkflowById(Leg, "l").fly(hidden(desk.work()))],
    ["a signal", (desk) => getWorkflowById(Leg, "l").word.send(hidden(desk.work()))],
    ["a result", (desk) => ({ nested: desk.work() })],
  ])("is refused inside %s, with its id", async (_what, code) => {
    const trip = driven(async (desk) => await code(desk));
    await trip.run("run");
    expect(trip.end()).toMatchObject({ ...refused, message: expect.stringContaining("Trip:t-1:r1:0.0") });
    expect(trip.issued).toEqual(["task 0.0"]);
  });
});

describe("a failure that is thrown", () => {
  test("says which task, and why", async () => {
    const trip = driven(async (desk) => {
      try {
        return await desk.work();
      } catch (error) {
        const { name, service, method, taskId, cause } = error as never;
        return { name, service, method, taskId, cause: (cause as Error).name };
      }
    });
    await trip.run("run");
    await trip.fail("0.0");
    expect(trip.end()).toEqual({
      value: {
        name: "TaskFailedError",
        service: "Desk",
        method: "work",
        taskId: "Trip:t-1:r1:0.0",
        cause: "TypeError",
      },
    });
  });

  test("of a timeout is TaskTimedOutError or WorkflowTimedOutError", async () => {
    const trip = driven(async (desk) => {
      return await Promise.all(
        [desk.work(), newWorkflow(Leg).fly(), getWorkflowById(Leg, "l").fly()].map((one) =>
          one.then(String, nameOf),
        ),
      );
    });
    await trip.run("run");
    await trip.tell({ kind: "task-timed-out", command: "0.0" });
    await trip.tell({ kind: "child-timed-out", command: "0.1" });
    await trip.tell({ kind: "child-timed-out", command: "0.2" });
    expect(trip.end()).toEqual({
      value: ["TaskTimedOutError", "WorkflowTimedOutError", "WorkflowTimedOutError"],
    });
  });

  const canceled = (workflowId: string) => ({
    name: "WorkflowCanceledError",
    message: "…",
    properties: { code: "WORKFLOW_CANCELED", workflow: "Leg", workflowId },
  });

  test.each<[string, object, object]>([
    [
      "the child itself, when it was canceled",
      canceled("l"),
      { name: "WorkflowCanceledError", workflowId: "l", status: "canceled" },
    ],
    [
      "the child that failed, when a child of that was canceled",
      canceled("grandchild"),
      { name: "WorkflowFailedError", workflowId: "l", status: "failed" },
    ],
    [
      "the child that failed, by whatever error",
      boom,
      { name: "WorkflowFailedError", workflowId: "l", status: "failed" },
    ],
  ])("names %s", async (_what, failure, thrown) => {
    const trip = driven(async () => {
      const leg = newWorkflow(Leg, { id: "l" }).fly();
      const error = (await leg.then(undefined, (reason) => reason)) as WorkflowError;
      return { name: error.name, workflowId: error.workflowId, status: leg.status() };
    });
    await trip.run("run");
    await trip.child("0.0", { kind: "failed", failure });
    expect(trip.end()).toEqual({ value: thrown });
  });
});

describe("a combination", () => {
  test("all gives all values, in order", async () => {
    const trip = driven(async (desk) => Promise.all([desk.work(), "plain", desk.work(), Promise.resolve(3)]));
    await trip.run("run");
    await trip.complete("0.1", "b");
    expect(trip.end()).toBeUndefined();
    await trip.complete("0.0", "a");
    expect(trip.end()).toEqual({ value: ["a", "plain", "b", 3] });
  });

  test("all of nothing is there at once", async () => {
    const trip = driven(async () => Promise.all([]));
    await trip.run("run");
    expect(trip.end()).toEqual({ value: [] });
  });

  test("race gives the first, and nested ones count as one", async () => {
    const trip = driven(async (desk) => Promise.race([Promise.all([desk.work(), desk.work()]), desk.work()]));
    await trip.run("run");
    await trip.complete("0.0", "a");
    expect(trip.end()).toBeUndefined();
    await trip.complete("0.1", "b");
    expect(trip.end()).toEqual({ value: ["a", "b"] });
  });

  test("race throws what comes first, if that is a failure", async () => {
    const trip = driven(async (desk) => Promise.race([desk.work(), timer("1h")]).catch(nameOf));
    await trip.run("run");
    await trip.fail("0.0");
    expect(trip.end()).toEqual({ value: "TaskFailedError" });
  });

  test("race and any take what is there already", async () => {
    const trip = driven(async (desk) => {
      const task = desk.work();
      await task;
      return [
        await Promise.race([timer("1h"), task]),
        await Promise.any([task, "plain"]),
        await Promise.race(["plain", task]),
      ];
    });
    await trip.run("run");
    await trip.complete("0.0", "a");
    expect(trip.end()).toEqual({ value: ["a", "a", "plain"] });
  });

  test("any passes over failures", async () => {
    const trip = driven(async (desk) => Promise.any([desk.work(), desk.work()]));
    await trip.run("run");
    await trip.fail("0.0");
    await trip.complete("0.1", "b");
    expect(trip.end()).toEqual({ value: "b" });
  });

  test("any fails when all fail, with their errors in order", async () => {
    const trip = driven(async (desk) =>
      Promise.any([desk.work(), desk.work()]).catch(({ name, errors }) => [
        name,
        errors.map(({ taskId }: never) => taskId),
      ]),
    );
    await trip.run("run");
    await trip.fail("0.1");
    await trip.fail("0.0");
    expect(trip.end()).toEqual({ value: ["AggregateError", ["Trip:t-1:r1:0.0", "Trip:t-1:r1:0.1"]] });
  });

  test("any of nothing fails at once", async () => {
    const trip = driven(async () => Promise.any([]));
    await trip.run("run");
    expect(trip.end()).toMatchObject({ error: "AggregateError" });
  });

  test("race of nothing waits for nothing durable, and says so", async () => {
    const trip = driven(async () => Promise.race([]));
    await trip.run("run");
    expect(trip.end()).toMatchObject({ error: "ForeignAwaitError" });
  });

  test("allSettled tells how each ended", async () => {
    const trip = driven(async (desk) =>
      (await Promise.allSettled([desk.work(), desk.work()])).map((one) => one.status),
    );
    await trip.run("run");
    await trip.fail("0.0");
    await trip.complete("0.1");
    expect(trip.end()).toEqual({ value: ["rejected", "fulfilled"] });
  });

  test("that lost a race can be awaited again for its tasks", async () => {
    for (const combine of ["all", "race", "any", "allSettled"] as const) {
      const trip = driven(async (desk) => {
        const work = (Promise[combine] as typeof Promise.all)([desk.work()]);
        await Promise.race([work, timer("1h")]);
        await desk.work("reminder");
        await work;
        return "done";
      });
      await trip.run("run");
      await trip.fire("0.1");
      await trip.complete("0.2");
      expect([combine, trip.end()]).toEqual([combine, undefined]);
      await trip.complete("0.0", "late");
      expect([combine, trip.end()]).toEqual([combine, { value: "done" }]);
    }
  });

  test("that lost a race takes no signal, however deep its receive is", async () => {
    const trip = driven(async (_desk, self) => {
      const nested = Promise.all([Promise.race([self.word.receive()])]);
      await Promise.race([nested, timer("1h")]);
      return await self.word.receive();
    });
    await trip.run("run");
    await trip.fire("0.1");
    await trip.signal("word", "mine");
    expect(trip.end()).toEqual({ value: "mine" });
  });

  test("all that failed takes no signal any more, allSettled does", async () => {
    for (const [combine, heard] of [
      ["all", "mine"],
      ["allSettled", "other"],
    ] as const) {
      const trip = driven(async (desk, self) => {
        const receive = self.word.receive();
        const both = (Promise[combine] as typeof Promise.all)([receive, desk.work()]);
        both.catch(() => {});
        await timer("1h");
        return await self.word.receive();
      });
      await trip.run("run");
      await trip.fail("0.1");
      await trip.signal("word", "mine");
      await trip.fire("0.2");
      await trip.signal("word", "other");
      expect([combine, trip.end()]).toEqual([combine, { value: heard }]);
    }
  });

  test("outside workflow code is the built-in one", async () => {
    await expect(Promise.race([Promise.resolve(1), 2])).resolves.toBe(1);
    await expect(Promise.all([1, Promise.resolve(2)])).resolves.toEqual([1, 2]);
    class Mine<T> extends Promise<T> {}
    expect(Mine.all([1])).toBeInstanceOf(Mine);
  });
});

describe("a method that is canceled", () => {
  test("runs no further, and takes no signal from another", async () => {
    const trip = driven(() => undefined);
    await trip.run("hear");
    await trip.run("hear");
    await trip.cancel(0);
    expect(await trip.signal("word", "mine")).toMatchObject([{ kind: "task", id: "1.1" }]);
    await trip.complete("1.1");
    expect(trip.end(1)).toEqual({ value: "mine" });
  });

  test("EDG-43 rejects what another method awaits of it; a run of before leaves that waiting", async () => {
    for (const [rules, end] of [
      [CURRENT_RULES, { error: "WorkflowCanceledError", message: "workflow Trip.share (t-1) was canceled" }],
      [RULES.canceledMethodsReject.number - 1, undefined],
    ] as const) {
      const trip = driven(() => undefined, rules);
      await trip.run("share");
      await trip.run("borrow");
      await trip.cancel(0);
      await trip.signal("word", "nothing to do with it");
      expect(trip.end(1)).toEqual(end);
    }
  });

  test("hears no more of a task of another method", async () => {
    const trip = driven(() => undefined);
    await trip.run("share");
    await trip.run("borrow");
    await trip.cancel(1);
    await trip.complete("0.0", "ok");
    expect([trip.end(0), trip.end(1)]).toEqual([{ value: "ok" }, undefined]);
  });
});
