import { createHash, pbkdf2Sync } from "node:crypto";
import { EventEmitter } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { defineService } from "../../lib/core/contract/definition.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { condition } from "../../lib/workflow/condition.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { later, neverReady, ready, sleep, soon, zip } from "./captured.ts"; // before the guards
import { Driver, turn } from "./driver.ts";

const Desk = defineService<{ work(what?: unknown): string }>("Desk");

class Base extends Workflow {
  readonly desk = newService(Desk);
  readonly word = channel<string>();
  isReady = false;
  free: (() => void) | undefined;
}

function driven(code: (self: Base) => unknown): Driver {
  class Trip extends Base {
    async run(): Promise<unknown> {
      return await code(this);
    }
  }
  return new Driver(Trip);
}

const foreign = (what: RegExp) => ({ error: "ForeignAwaitError", message: expect.stringMatching(what) });

const IO: [string, () => unknown, RegExp][] = [
  ["crypto.subtle", () => crypto.subtle.digest("SHA-256", new Uint8Array(1)), /method run .*digest/],
  ["node:timers/promises", () => pause(1), /method run .*setTimeout/],
  ["node:fs/promises", () => readFile("package.json"), /method run .*readFile/],
  ["a callback that was made a promise", () => zip("text"), /method run .*(gzip|ZLIB)/i],
  ["a timer that was taken before the guards", () => sleep(1), /method run .*setTimeout .*captured.ts/],
  ["an immediate that was", () => new Promise((done) => soon(done)), /method run .*setImmediate/],
  ["a promise of a module", () => neverReady, /method run .*other code/],
];

const DURABLE: [string, (self: Base) => unknown][] = [
  ["a task", ({ desk }) => desk.work()],
  ["a timer", () => timer("1h")],
  ["a receive", ({ word }) => word.receive()],
  ["a condition", (self) => condition(() => self.isReady)],
  ["an inline task", () => inline(() => 1)],
];

describe("EDG-31 what is not in history is noticed the first time, beside whatever is", () => {
  test.each(IO)("EDG-31 %s in Promise.all", async (_name, begin, what) => {
    const trip = driven(({ desk }) => Promise.all([begin(), desk.work()]));
    await trip.run("run");
    expect(trip.end()).toMatchObject(foreign(what));
  });

  test.each(DURABLE)("EDG-31 beside %s, in each combination", async (_name, wait) => {
    for (const name of ["all", "race", "any", "allSettled"] as const) {
      const trip = driven(async (self) => {
        const combine = Promise[name].bind(Promise) as (items: unknown[]) => Promise<unknown>;
        return await combine([wait(self), sleep(5)]);
      });
      await trip.run("run");
      expect(trip.end()).toMatchObject(foreign(/setTimeout .*captured.ts/));
    }
  });

  test("EDG-31 begun before a durable await, and awaited after it", async () => {
    const trip = driven(async ({ desk }) => {
      const page = sleep(1);
      await desk.work();
      await page;
    });
    await trip.run("run");
    expect(trip.end()).toMatchObject(foreign(/Timeout/));
  });

  test("EDG-31 begun and awaited by nobody", async () => {
    const trip = driven(async () => {
      later(() => {}, 1);
      await timer("1h");
    });
    await trip.run("run");
    expect(trip.end()).toMatchObject(foreign(/Timeout/));
  });

  test("EDG-31 begun later, in another step and in a branch", async () => {
    const trip = driven(async ({ desk }) => {
      const branch = (async () => {
        await desk.work();
        await sleep(1);
      })();
      await Promise.all([branch, timer("1h")]);
    });
    await trip.run("run");
    expect(trip.end()).toBeUndefined();
    await trip.complete("0.1", "done");
    expect(trip.end()).toBeUndefined();
    await trip.complete("0.0", "done");
    expect(trip.end()).toMatchObject(foreign(/Timeout/));
  });

  test("EDG-31 a promise that an inline task has left behind", async () => {
    const trip = driven(async () => {
      let page: Promise<void> | undefined;
      await inline(() => {
        page = sleep(1);
      });
      await Promise.all([page, timer("1h")]);
    });
    await trip.run("run");
    await trip.inlines();
    expect(trip.end()).toMatchObject(foreign(/other code/));
  });

  test.each<[string, (self: Base) => unknown]>([
    ["a promise of a module that is settled", () => ready],
    ["what an inline task does", () => inline(() => sleep(0).then(() => "ready"))],
    [
      "work that is done at once",
      () => createHash("sha1").update(pbkdf2Sync("a", "b", 1, 1, "sha1")) && "ready",
    ],
    ["a log line", () => console.debug("a line of workflow code") ?? "ready"],
    ["a chain of promises", () => Promise.resolve().then(async () => "ready")],
    ["an emitter of its own", () => firstOf(new EventEmitter())],
  ])("EDG-31 %s is no such thing", async (_name, code) => {
    const trip = driven(async (self) => (await Promise.all([code(self), timer("1h")]))[0]);
    await trip.run("run");
    await trip.inlines();
    await trip.fire(trip.issued.at(-1)?.split(" ")[1] as string);
    expect(trip.end()).toEqual({ value: "ready" });
    expect(trip.execution.poisoned).toBeUndefined();
  });

  test("EDG-31 an import beside a durable await is none, and alone it is one", async () => {
    const beside = driven(async () => (await Promise.all([import("./captured.ts"), timer("1h")])).length);
    await beside.run("run");
    expect(beside.end()).toBeUndefined();
  });
});

/** What an emitter emits to itself at once. */
function firstOf(emitter: EventEmitter): Promise<unknown> {
  const first = new Promise((resolve) => emitter.once("word", resolve));
  emitter.emit("word", "ready");
  return first;
}

describe("EDG-32 a promise that workflow code resolves", () => {
  class Latch extends Base {
    async run(): Promise<void> {
      await timer("1h");
      this.free?.();
    }
    async add(word: string): Promise<unknown> {
      await new Promise<void>((resolve) => {
        this.free = resolve;
      });
      return await this.desk.work(word);
    }
    async release(): Promise<void> {
      this.free?.();
    }
    async failing(): Promise<void> {
      const wait = new Promise<void>((resolve) => {
        this.free = resolve;
      });
      const branch = async (): Promise<void> => {
        await wait;
        await this.desk.work("after the end");
      };
      void branch();
      await Promise.resolve();
      throw new RangeError("for good");
    }
    async taking(): Promise<void> {
      const wait = new Promise<void>((resolve) => {
        this.free = resolve;
      });
      void wait.then(() => this.word.receive());
      await Promise.resolve();
      throw new RangeError("for good");
    }
    async listen(): Promise<string> {
      return await this.word.receive();
    }
  }

  test("EDG-32 is waited for, while another method waits for something durable", async () => {
    const trip = new Driver(Latch);
    await trip.run("run");
    await trip.run("add", "x");
    expect(trip.end(1)).toBeUndefined();
    await trip.fire("0.0");
    expect(trip.issued).toEqual(["timer 0.0", "task 1.0"]);
    await trip.complete("1.0", "done");
    expect([trip.end(0), trip.end(1)]).toEqual([{ value: undefined }, { value: "done" }]);
  });

  test("EDG-32 is waited for by the only method, until one comes that resolves it", async () => {
    const trip = new Driver(Latch);
    await trip.run("add", "x");
    await turn();
    expect([trip.end(), trip.execution.poisoned]).toEqual([undefined, undefined]);
    await trip.run("release");
    expect(trip.issued).toEqual(["task 0.0"]);
  });

  test("EDG-32 a latch that is a field is one of the instance too", async () => {
    class Gate extends Base {
      readonly #opened = Promise.withResolvers<string>();
      async run(): Promise<string> {
        return await this.#opened.promise;
      }
      async open(): Promise<void> {
        this.#opened.resolve("open");
      }
    }
    const trip = new Driver(Gate);
    await trip.run("run");
    await trip.run("open");
    expect(trip.end()).toEqual({ value: "open" });
  });

  test("EDG-32 a run of before the rule fails as it did, and what failed goes on as it did", async () => {
    const trip = new Driver(Latch, { rules: 0 });
    await trip.run("run");
    await trip.run("add", "x");
    expect(trip.end(1)).toMatchObject({ error: "ForeignAwaitError" });
    await trip.fire("0.0");
    expect(trip.issued).toEqual(["timer 0.0", "task 1.0"]);
  });

  test("EDG-32 what has failed for good issues nothing any more", async () => {
    const trip = new Driver(Latch);
    await trip.run("run");
    await trip.run("failing");
    expect(trip.end(1)).toMatchObject({ error: "RangeError" });
    await trip.fire("0.0");
    expect(trip.issued).toEqual(["timer 0.0"]);
    expect(trip.execution.poisoned).toBeUndefined();
  });

  test("EDG-32 what has failed for good takes no signal from others", async () => {
    const trip = new Driver(Latch);
    await trip.run("run");
    await trip.run("taking");
    await trip.signal("word", "hello");
    await trip.fire("0.0");
    await trip.run("listen");
    expect(trip.end(2)).toEqual({ value: "hello" });
  });

  test("EDG-32 a canceled method issues nothing any more", async () => {
    const trip = new Driver(Latch);
    await trip.run("run");
    await trip.run("add", "x");
    await trip.cancel(1);
    await trip.fire("0.0");
    expect(trip.issued).toEqual(["timer 0.0"]);
  });
});
