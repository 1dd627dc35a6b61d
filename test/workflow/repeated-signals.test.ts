import { describe, expect, test } from "vitest";
import type { Receiving } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { Driver } from "./driver.ts";

/** A driver of a workflow with a channel, whose method `run` is this code. */
async function receiving(code: (limited: (limit: number) => Receiving<string>) => unknown, rules?: number) {
  class Ears extends Workflow {
    readonly word = channel<string>();

    async run(): Promise<unknown> {
      return await code((limit) => this.word.receive({ limit }));
    }

    async rest(): Promise<readonly string[]> {
      return [await this.word.receive(), await this.word.receive()];
    }
  }
  const trip = new Driver(Ears, rules === undefined ? {} : { rules });
  await trip.run("run");
  return trip;
}

async function signals(trip: Driver, ...values: readonly string[]): Promise<void> {
  for (const value of values) await trip.signal("word", value);
}

describe("awaits of one receive that begin at once", () => {
  test("EDG-22 take no more than its limit together; the others repeat its last signal", async () => {
    for (const [limit, heard, rest] of [
      [1, ["a", "a", "a"], ["b", "c"]],
      [2, ["a", "b", "b"], ["c", "d"]],
      [3, ["a", "b", "c"], ["d", "e"]],
    ] as const) {
      const trip = await receiving((limited) => {
        const receive = limited(limit);
        return Promise.all([receive, receive, receive]);
      });
      await trip.run("rest");
      await signals(trip, "a", "b", "c", "d", "e");
      expect([trip.end(0), trip.end(1)]).toEqual([{ value: heard }, { value: rest }]);
    }
  });

  test("EDG-22 do so when the signals are there already", async () => {
    const trip = await receiving(async (limited) => {
      await timer("1h");
      const receive = limited(1);
      return Promise.all([receive, receive.then((word) => `${word}!`), receive]);
    });
    await signals(trip, "a", "b", "c");
    await trip.fire("0.0");
    await trip.run("rest");
    expect([trip.end(0), trip.end(1)]).toEqual([{ value: ["a", "a!", "a"] }, { value: ["b", "c"] }]);
  });

  test("EDG-22 do so in two branches, and one that left lets the next one take", async () => {
    const trip = await receiving(async (limited) => {
      const receive = limited(1);
      const first = Promise.race([receive, timer("1h")]);
      const second = (async () => [await receive, await receive])();
      return [(await first) instanceof Date, await second];
    });
    await trip.fire("0.1");
    await signals(trip, "a", "b");
    expect(trip.end()).toEqual({ value: [true, ["a", "a"]] });
  });

  test("EDG-22 of a run of before take one signal each", async () => {
    const trip = await receiving((limited) => {
      const receive = limited(1);
      return Promise.all([receive, receive]);
    }, 0);
    await signals(trip, "a", "b");
    expect(trip.end()).toEqual({ value: ["a", "b"] });
  });
});
