import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { defineService } from "../../lib/core/contract/definition.ts";
import { CURRENT_RULES } from "../../lib/core/model/rules.ts";
import { forgetUncaught, uncaughtOf } from "../../lib/runtime/uncaught.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { later, muchLater, sleep } from "./captured.ts"; // before the guards
import { Driver, turn } from "./driver.ts";

const Desk = defineService<{ work(what?: unknown): string }>("Desk");

function driven(code: (desk: { work(): PromiseLike<string> }) => unknown, rules = 0): Driver {
  class Trip extends Workflow {
    readonly desk = newService(Desk);
    async run(): Promise<unknown> {
      return await code(this.desk);
    }
    async beside(): Promise<string> {
      return await this.desk.work();
    }
  }
  return new Driver(Trip, { rules });
}

const KEY = { workflow: "Trip", workflowId: "t-1", run: "r1" };
const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  vi.spyOn(console, "error").mockImplementation((line) => lines.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  forgetUncaught(KEY, uncaughtOf(KEY));
});

const boom = (message = "late"): never => {
  throw new RangeError(message);
};
const told = () => lines.map((line) => JSON.parse(line));
const LINE = {
  level: "error",
  code: "UNCAUGHT_ERROR",
  workflow: "Trip",
  workflowId: "t-1",
  run: "r1",
  method: "run",
  error: { name: "RangeError", message: "late", stack: expect.stringContaining("RangeError: late") },
};

/** Turns of the event loop, until something was told; at most so many. */
async function untilTold(): Promise<void> {
  for (let turns = 0; turns < 10_000 && lines.length === 0; turns++) await turn();
}

describe("EDG-35 an error that nobody can catch is its workflow's, and hurts nobody else", () => {
  test.each<[string, () => unknown]>([
    ["a promise that comes late", () => void new Promise<void>(muchLater).then(() => boom())],
    [
      "an async function that goes on late",
      () => void (async () => (await new Promise<void>(muchLater)) ?? boom())(),
    ],
    ["a callback", () => void muchLater(() => boom())],
    ["a microtask", () => queueMicrotask(() => boom())],
    ["a tick", () => process.nextTick(() => boom())],
    [
      "a promise of its own that others reject",
      () => {
        const { promise, reject } = Promise.withResolvers<never>();
        muchLater(() => reject(new RangeError("late")));
        void promise.then(() => {});
      },
    ],
    ["an inline task that left something behind", () => inline(() => void sleep(0).then(() => boom()))],
  ])("EDG-35 %s", async (_name, code) => {
    const trip = driven(async () => {
      await code();
      await timer("1m");
      return "done";
    });
    await trip.run("run");
    await trip.run("beside");
    await trip.inlines();
    await untilTold();
    expect(told()).toEqual([LINE]);
    expect(uncaughtOf(KEY)).toMatchObject([
      { method: "run", failure: { name: "RangeError", message: "late" } },
    ]);
    await trip.complete("1.0", "well");
    expect(trip.end(1)).toEqual({ value: "well" });
  });

  test("EDG-35 in a run of today, a timer that was taken before the guards fails its method, and what comes late is told", async () => {
    const trip = driven(async () => {
      void sleep(0).then(() => boom());
      await timer("1m");
    }, CURRENT_RULES);
    await trip.run("run");
    expect(trip.end()).toMatchObject({ error: "ForeignAwaitError" });
    await untilTold();
    expect(told()).toEqual([LINE]);
  });

  test("EDG-35 a rejection of a step that is handled in a later one is not told", async () => {
    const trip = driven(async (desk) => {
      const both = Promise.all([desk.work(), desk.work()]);
      await timer("1h");
      return await both.catch((error: Error) => error.name);
    });
    await trip.run("run");
    await trip.fail("0.0");
    await turn();
    await trip.fire("0.2");
    await turn();
    expect(trip.end()).toEqual({ value: "TaskFailedError" });
    expect(lines).toEqual([]);
  });

  test("EDG-35 a rejection of a step that nobody handles is told once its method has ended", async () => {
    const trip = driven(async () => {
      void (async () => boom())();
      await timer("1h");
    });
    await trip.run("run");
    await turn();
    expect(lines).toEqual([]);
    await trip.fire("0.0");
    await turn();
    expect(told()).toEqual([LINE]);
  });

  test("EDG-35 no more than ten are kept of a run", async () => {
    const trip = driven(async () => {
      for (let index = 0; index < 12; index++) later(boom, 1, `${index}`);
      await timer("1h");
    });
    await trip.run("run");
    while (lines.length < 12) await turn();
    expect(uncaughtOf(KEY).map(({ failure }) => failure.message)).toEqual(
      Array.from({ length: 10 }, (_, index) => `${index + 2}`),
    );
  });
});

test("EDG-35 outside workflow code the process does what it did", async () => {
  const rejected: unknown[] = [];
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (reason) => rejected.push(reason));
  try {
    const trip = driven(() => timer("1h"));
    await trip.run("run");
    void Promise.reject(new RangeError("the user's own"));
    await turn();
    await turn();
    expect(rejected).toMatchObject([{ message: "the user's own" }]);
    expect(lines).toEqual([]);
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const listener of others) process.on("unhandledRejection", listener);
  }
});

test("EDG-35 an error is told of its own instance only, though another's run has the same name", async () => {
  const trip = driven(async () => {
    muchLater(() => boom());
    await timer("1m");
  });
  await trip.run("run");
  await untilTold();
  expect(uncaughtOf(KEY)).toHaveLength(1);
  expect(uncaughtOf({ ...KEY, workflowId: "t-2" })).toEqual([]);
  expect(uncaughtOf({ ...KEY, workflow: "Tour" })).toEqual([]);
});
