import { setImmediate as later } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { defineService } from "../../lib/core/contract/definition.ts";
import { CURRENT_RULES } from "../../lib/core/model/rules.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { workflowContext } from "../../lib/workflow/workflow-context.ts";
import { Driver, startedAt, turn } from "./driver.ts";

const Desk = defineService<{ work(what?: unknown): string }>("Desk");

class Base extends Workflow {
  readonly desk = newService(Desk);
  readonly word = channel<string>();
  notes: unknown[] = [];
}

/** A driver of a workflow whose method `run` is this code. */
function driven(code: (self: Base) => unknown, rules = CURRENT_RULES): Driver {
  class Trip extends Base {
    async run(): Promise<unknown> {
      return await code(this);
    }
    async beside(): Promise<string> {
      return await this.desk.work("beside");
    }
  }
  return new Driver(Trip, { rules });
}

describe("a method", () => {
  test("gets copies of its arguments, and gives its result as JSON", async () => {
    class Trip extends Workflow {
      async run(list: number[], nothing?: unknown): Promise<unknown> {
        list.push(3);
        return { list, nothing, at: new Date(0), gone: undefined };
      }
    }
    const trip = new Driver(Trip);
    const args = [1, 2];
    await trip.run("run", args);
    expect(args).toEqual([1, 2]);
    expect(trip.end()).toEqual({ value: { list: [1, 2, 3], at: "1970-01-01T00:00:00.000Z" } });
  });

  test("that gives nothing ends without a value", async () => {
    const trip = driven(() => undefined);
    expect(await trip.run("run")).toEqual([{ kind: "method-completed", method: 0 }]);
  });

  test("that gives no JSON value fails", async () => {
    const trip = driven(() => 1n);
    await trip.run("run");
    expect(trip.end()).toMatchObject({ error: "InvalidArgumentError" });
  });

  test.each(["nowhere", "constructor", "toString", "hasOwnProperty", "__proto__", "word", "desk"])(
    "that there is not, %s, fails with UnknownMethodError",
    async (name) => {
      const trip = driven(() => undefined);
      await trip.run(name);
      expect(trip.end()).toMatchObject({
        error: "UnknownMethodError",
        message: expect.stringContaining(name),
      });
    },
  );

  test("knows its instance", async () => {
    const trip = driven(() => workflowContext());
    await trip.run("run");
    expect(trip.end()).toEqual({
      value: {
        workflow: "Trip",
        workflowId: "t-1",
        run: "r1",
        version: 1,
        startedAt: new Date(startedAt).toJSON(),
        tags: ["vip"],
        meta: { by: "me" },
        headers: {},
      },
    });
    expect(() => workflowContext()).toThrow(expect.objectContaining({ code: "OUTSIDE_WORKFLOW" }));
  });

  test("counts its own commands, whatever others do beside it", async () => {
    const trip = driven(async ({ desk }) => [await desk.work(), await desk.work()]);
    await trip.run("run");
    await trip.run("beside");
    await trip.complete("0.0");
    expect(trip.issued).toEqual(["task 0.0", "task 1.0", "task 0.1"]);
  });
});

describe("an inline task", () => {
  test("gives its value, which is an event of its own", async () => {
    const trip = driven(async () => [
      await inline(() => 1),
      await inline(async () => ({ deep: [2] })),
      await inline(() => {}),
    ]);
    await trip.run("run");
    await trip.inlines();
    expect(trip.issued).toEqual(["inline 0.0", "inline 0.1", "inline 0.2"]);
    expect(trip.end()).toEqual({ value: [1, { deep: [2] }, null] });
  });

  test("throws what it threw, and that fails the method for good", async () => {
    const trip = driven(() =>
      inline(() => {
        throw new RangeError("no");
      }),
    );
    await trip.run("run");
    await trip.inlines();
    expect(trip.end()).toEqual({ error: "RangeError", message: "no" });
  });

  test("fails when it takes longer than its timeout", async () => {
    const trip = driven(() => inline(() => new Promise(() => {}), { timeout: 1 }));
    await trip.run("run");
    await trip.inlines();
    expect(trip.end()).toMatchObject({ error: "AttemptTimedOutError" });
  });

  test.each<[string, (self: Base) => unknown]>([
    ["a task", ({ desk }) => desk.work()],
    ["a timer", () => timer("1s")],
    ["a receive", ({ word }) => word.receive()],
    ["another one", () => inline(() => 1)],
  ])("may not use %s", async (_what, use) => {
    const trip = driven((self) => inline(() => use(self) as Promise<unknown>));
    await trip.run("run");
    await trip.inlines();
    expect(trip.end()).toMatchObject({ error: "InvalidInlineError" });
  });

  test("may not await a Deferred", async () => {
    const trip = driven(({ desk }) => {
      const task = desk.work();
      return inline(async () => await task);
    });
    await trip.run("run");
    await trip.inlines();
    expect(trip.end()).toMatchObject({ error: "InvalidInlineError" });
  });
});

describe("a query", () => {
  class Trip extends Base {
    readonly noted = query((from = 0) => this.notes.slice(from));
    readonly clock = query(() => Date.now());
    readonly slow = query(async () => this.notes.length);
    readonly bad = query(() => this.desk.work());
    readonly late = query(() => timer("1s"));
    readonly void = query(() => undefined);
    readonly whose = query(() => workflowContext().workflowId);
    async run(): Promise<unknown> {
      this.notes.push("a", "b");
      return await this.word.receive();
    }
  }
  const asked = async (name: string, ...args: number[]) => {
    const trip = new Driver(Trip);
    await trip.run("run");
    const answer = await trip.execution.query(name, args).catch((error) => error.code);
    expect(trip.execution.poisoned).toBeUndefined();
    return answer;
  };

  test("reads the fields as they are", async () => {
    expect(await asked("noted")).toEqual(["a", "b"]);
    expect(await asked("noted", 1)).toEqual(["b"]);
    expect(await asked("slow")).toBe(2);
    expect(await asked("void")).toBeUndefined();
    expect(await asked("clock")).toBe(startedAt + 1);
    expect(await asked("whose")).toBe("t-1");
  });

  test("may issue no command", async () => {
    expect(await asked("bad")).toBe("INVALID_QUERY");
    expect(await asked("late")).toBe("INVALID_QUERY");
  });

  test.each(["nowhere", "run", "word", "constructor", "__proto__"])(
    "that there is not, %s, is unknown",
    async (name) => {
      expect(await asked(name)).toBe("UNKNOWN_QUERY");
    },
  );
});

describe("an await of something that history does not know", () => {
  const foreign = { error: "ForeignAwaitError", message: expect.stringContaining("method run") };

  test.each<[string, () => Promise<unknown>]>([
    ["crypto.subtle.digest", () => crypto.subtle.digest("SHA-256", new Uint8Array(1))],
    ["an unguarded setImmediate", () => later()],
  ])("%s fails the method, which is named", async (_what, code) => {
    const trip = driven(code);
    await trip.run("run");
    expect(trip.end()).toMatchObject(foreign);
    await turn();
    expect(trip.log).toHaveLength(1);
  });

  test("is well inside an inline task", async () => {
    const trip = driven(() =>
      inline(async () => (await crypto.subtle.digest("SHA-256", new Uint8Array(1))).byteLength),
    );
    await trip.run("run");
    await trip.inlines();
    expect(trip.end()).toEqual({ value: 32 });
  });

  test("harms no other method", async () => {
    const trip = driven(() => later());
    await trip.run("beside");
    await trip.run("run");
    expect([trip.end(0), trip.end(1)]).toMatchObject([undefined, foreign]);
  });

  test("beside a durable one poisons the execution of an older run as soon as it goes on", async () => {
    for (const goOn of [
      (self: Base) => self.desk.work(),
      (self: Base) => self.word.receive(),
      () => "the end",
    ]) {
      const trip = driven(async (self) => {
        self.desk.work().then(() => {});
        await later();
        return goOn(self);
      }, 0);
      await trip.run("run");
      expect([trip.end(), trip.execution.poisoned]).toEqual([undefined, undefined]);
      await turn();
      await turn();
      expect(trip.execution.poisoned).toMatchObject({ code: "FOREIGN_AWAIT" });
      expect(trip.issued).toEqual(["task 0.0"]);
    }
  });

  test("that is but a chain of promises of its own is no such thing", async () => {
    const trip = driven(async ({ desk }) => {
      for (let time = 0; time < 1_000; time++) await Promise.resolve();
      await new Promise<void>((resolve) => queueMicrotask(resolve));
      return await desk.work();
    });
    await trip.run("run");
    expect(trip.issued).toEqual(["task 0.0"]);
  });
});

describe("a rejection that nobody handles", () => {
  test("ERR-29 harms neither the method nor the process, and may be awaited later", async () => {
    const trip = driven(async ({ desk }) => {
      const all = Promise.all([desk.work(), desk.work()]);
      void (async () => {
        throw new RangeError("nobody cares");
      })();
      await timer("1h");
      return await all.catch((error: Error) => error.name);
    });
    await trip.run("run");
    await turn();
    await trip.fail("0.0");
    await turn();
    expect(trip.end()).toBeUndefined();
    await trip.fire("0.2");
    expect(trip.end()).toEqual({ value: "TaskFailedError" });
  });

  test("outside of steps is the process's own matter again", async () => {
    await turn();
    await turn(); // a step before this one
    const before = process.listeners("unhandledRejection");
    const trip = driven(() => timer("1h"));
    await trip.run("run");
    await turn();
    await turn();
    expect(process.listeners("unhandledRejection")).toEqual(before);
  });
});
