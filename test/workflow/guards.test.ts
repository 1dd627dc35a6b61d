import { describe, expect, test } from "vitest";
import { installGuards } from "../../lib/runtime/guards.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { Driver, startedAt } from "./driver.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What one code gives inside a workflow. */
async function inWorkflow(code: () => unknown): Promise<unknown> {
  class Trip extends Workflow {
    async run(): Promise<unknown> {
      return await code();
    }
  }
  const trip = new Driver(Trip);
  await trip.run("run");
  await trip.inlines();
  return trip.end();
}

describe("inside workflow code", () => {
  test("every way to ask for the time gives the instant of the event", async () => {
    const times = await inWorkflow(() => {
      const made = new Date();
      return [Date.now(), made.getTime(), Date.parse(Date()), made instanceof Date];
    });
    const now = startedAt + 1;
    expect(times).toEqual({ value: [now, now, Math.floor(now / 1_000) * 1_000, true] });
  });

  test("a date that is asked for is that date", async () => {
    expect(
      await inWorkflow(() => [new Date(5).getTime(), new Date("1970-01-01").getTime(), Date.UTC(1970, 0)]),
    ).toEqual({
      value: [5, 0, 0],
    });
  });

  test("chance is the same for the same run, and goes on", async () => {
    const dice = () => [Math.random(), Math.random(), crypto.randomUUID(), crypto.randomUUID()];
    const thrown = (await inWorkflow(dice)) as { value: unknown[] };
    expect(await inWorkflow(dice)).toEqual(thrown);
    expect(new Set(thrown.value).size).toBe(4);
    expect(thrown.value[2]).toMatch(UUID);
  });

  test("chance in a field is the same for the same run too", () => {
    class Trip extends Workflow {
      readonly token = crypto.randomUUID();
      readonly dice = Math.random();
      readonly born = Date.now();
      async run(): Promise<unknown> {
        return [this.token, this.dice, this.born];
      }
    }
    const ends = [1, 2].map(async () => {
      const trip = new Driver(Trip);
      await trip.run("run");
      return trip.end() as { value: unknown[] };
    });
    return Promise.all(ends).then(([one, two]) => {
      expect(one).toEqual(two);
      expect(one?.value[2]).toBe(startedAt);
    });
  });

  test("methods do not share their chance", async () => {
    class Trip extends Workflow {
      async run(): Promise<number> {
        return Math.random();
      }
    }
    const trip = new Driver(Trip);
    await trip.run("run");
    await trip.run("run");
    expect(trip.end(0)).not.toEqual(trip.end(1));
  });

  test.each<[string, () => unknown, string]>([
    ["setTimeout", () => setTimeout(() => {}, 1), "timer()"],
    ["setInterval", () => setInterval(() => {}, 1), "timer() in a loop"],
    ["setImmediate", () => setImmediate(() => {}), "a task or a timer"],
    ["fetch", () => fetch("http://localhost"), "a task, or inline()"],
    ["WebSocket", () => new WebSocket("ws://localhost"), "a task"],
    [
      "crypto.getRandomValues",
      () => crypto.getRandomValues(new Uint8Array(1)),
      "crypto.randomUUID() or inline()",
    ],
  ])("%s is refused, with what to use instead", async (name, code, instead) => {
    expect(await inWorkflow(code)).toMatchObject({
      error: "NotDeterministicError",
      message: expect.stringMatching(new RegExp(`${name}.*${instead.replace(/[()]/g, "\\$&")}`)),
    });
  });
});

describe("inside an inline task", () => {
  test("everything is as it was", async () => {
    const before = Date.now();
    const code = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await new Promise((resolve) => setImmediate(resolve));
      return [
        Date.now() >= before,
        crypto.getRandomValues(new Uint8Array(8)).length,
        Math.random(),
        crypto.randomUUID(),
      ];
    };
    const one = (await inWorkflow(() => inline(code))) as { value: unknown[] };
    const two = (await inWorkflow(() => inline(code))) as { value: unknown[] };
    expect(one.value.slice(0, 2)).toEqual([true, 8]);
    expect(one.value[2]).not.toBe(two.value[2]);
    expect(one.value[3]).not.toBe(two.value[3]);
  });
});

describe("outside workflow code", () => {
  test("everything is as it was, however often the guards are installed", async () => {
    const guarded = [Date, Math.random, setTimeout, crypto.randomUUID];
    installGuards();
    expect([Date, Math.random, setTimeout, crypto.randomUUID]).toEqual(guarded);
    expect(Math.abs(Date.now() - performance.timeOrigin - performance.now())).toBeLessThan(5_000);
    expect(Date()).toBe(new Date().toString());
    expect(crypto.randomUUID()).toMatch(UUID);
    expect(crypto.getRandomValues(new Uint8Array(4))).toHaveLength(4);
    expect(new Set([Math.random(), Math.random()]).size).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(() => timer("1s")).toThrow(expect.objectContaining({ code: "OUTSIDE_WORKFLOW" }));
  });
});
