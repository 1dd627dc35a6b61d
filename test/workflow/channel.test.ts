import { describe, expect, test } from "vitest";
import type { Channel, ChannelOptions } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { Driver, startedAt } from "./driver.ts";

interface Word {
  readonly say: string;
  readonly to?: string;
}
const isWord = (signal: unknown): signal is Word =>
  typeof signal === "object" && signal !== null && "say" in signal;

interface Deep {
  readonly deep: { readonly text: string };
}
const nameOf = (error: unknown): string => (error as Error).name;

/** A driver of a workflow with two channels, whose method `run` is this code. */
async function listening<T = unknown>(
  code: (word: Channel<T>, other: Channel<unknown>) => unknown,
  options?: ChannelOptions,
) {
  class Ears extends Workflow {
    readonly word = channel<T>(options);
    readonly other = channel<unknown>(options);

    async run(): Promise<unknown> {
      return await code(this.word, this.other);
    }
  }
  const trip = new Driver(Ears);
  await trip.run("run");
  return trip;
}

describe("a signal", () => {
  test("CHA-05 on another channel is not received", async () => {
    const trip = await listening(async (word) => Promise.race([word.receive(), timer("1s")]));
    await trip.signal("other", "hi");
    await trip.signal("nowhere", "hi");
    expect(trip.end()).toBeUndefined();
    await trip.signal("word", "hi");
    expect(trip.end()).toEqual({ value: "hi" });
  });

  test("CHA-06 that comes before receive() is dropped by a channel that discards", async () => {
    const trip = await listening(
      async (word) => {
        await timer("1s");
        return await word.receive();
      },
      { whenNotReceiving: "discard" },
    );
    await trip.signal("word", "early");
    await trip.fire("0.0");
    expect(trip.end()).toBeUndefined();
    await trip.signal("word", "in time");
    expect(trip.end()).toEqual({ value: "in time" });
  });

  test("is captured from receive() on by a channel that discards, up to the limit, and no more once its method ended", async () => {
    const trip = await listening(
      async (word) => {
        const two = word.receive({ limit: 2 });
        const rest = word.receive();
        await timer("1s");
        return [await two, await two, await two, await rest];
      },
      { whenNotReceiving: "discard" },
    );
    for (const value of ["a", "b", "c"]) await trip.signal("word", value);
    await trip.fire("0.2");
    expect(trip.end()).toEqual({ value: ["a", "b", "b", "c"] });
    await trip.run("run");
    await trip.signal("word", "d");
    await trip.signal("word", "e");
    await trip.signal("word", "f");
    await trip.fire("1.2");
    expect(trip.end(1)).toEqual({ value: ["d", "e", "e", "f"] });
  });

  test("CHA-07 that comes before receive() is kept for it", async () => {
    const trip = await listening(async (word) => {
      await timer("1s");
      return [await word.receive(), await word.receive()];
    });
    await trip.signal("word", "a");
    await trip.signal("word", "b");
    await trip.fire("0.0");
    expect(trip.end()).toEqual({ value: ["a", "b"] });
  });

  test("CHA-08 keeps its shape, and code that changes it changes nothing else", async () => {
    const trip = await listening<{ list: unknown[] }>(async (word) => {
      const receive = word.receive({ limit: 1 });
      const first = await receive;
      first.list.push("mine");
      return [first, await receive];
    });
    await trip.signal("word", { list: [1, null, { deep: true }] });
    expect(trip.end()).toEqual({
      value: [{ list: [1, null, { deep: true }, "mine"] }, { list: [1, null, { deep: true }] }],
    });
  });

  test("without a value is undefined", async () => {
    const trip = await listening(async (word) => typeof (await word.receive()));
    await trip.signal("word");
    expect(trip.end()).toEqual({ value: "undefined" });
  });
});

describe("a filter", () => {
  const to = (whom: string) => ({ where: (signal: Word) => signal.to === whom });

  test("CHA-09 leaves what it passes over to other receives", async () => {
    const trip = await listening<Word>(async (word) => [await word.receive(to("bob")), await word.receive()]);
    await trip.signal("word", { say: "hi", to: "ann" });
    expect(trip.end()).toBeUndefined();
    await trip.signal("word", { say: "ho", to: "bob" });
    expect(trip.end()).toEqual({
      value: [
        { say: "ho", to: "bob" },
        { say: "hi", to: "ann" },
      ],
    });
  });

  test("CHA-09 of a channel that discards drops what it passes over", async () => {
    const trip = await listening<Word>(
      async (word) => [
        await word.receive(to("bob")),
        (await Promise.race([word.receive(), timer("1s")])) instanceof Date,
      ],
      { whenNotReceiving: "discard" },
    );
    await trip.signal("word", { say: "hi", to: "ann" });
    await trip.signal("word", { say: "ho", to: "bob" });
    await trip.fire("0.2");
    expect(trip.end()).toEqual({ value: [{ say: "ho", to: "bob" }, true] });
  });

  test("CHA-10 CHA-11 may be a type guard, with a condition", async () => {
    const trip = await listening<Word | number>(async (word) => {
      const said: Word = await word.receive({ where: isWord });
      const loud = await word.receive({ where: (signal) => isWord(signal) && signal.say === "HI" });
      return [said.say, loud];
    });
    await trip.signal("word", 1);
    await trip.signal("word", { say: "hi" });
    await trip.signal("word", { say: "hi" });
    await trip.signal("word", { say: "HI" });
    expect(trip.end()).toEqual({ value: ["hi", { say: "HI" }] });
  });

  test("CHA-12 CHA-13 takes its signal in whatever order they come, also with others in between", async () => {
    const trip = await listening<Word>(async (word) =>
      Promise.all([word.receive(to("ann")), word.receive(to("bob"))]),
    );
    await trip.signal("word", { say: "1", to: "bob" });
    await trip.signal("word", { say: "2", to: "eve" });
    await trip.signal("word", { say: "3", to: "ann" });
    expect(trip.end()).toEqual({
      value: [
        { say: "3", to: "ann" },
        { say: "1", to: "bob" },
      ],
    });
  });

  test("that throws fails its own await, and leaves the signal to the next", async () => {
    const trip = await listening<Deep | Word>(async (word) => {
      const strict = word.receive({ where: (signal) => (signal as Deep).deep.text === "x" });
      return await Promise.all([strict.then(String, nameOf), word.receive()]);
    });
    await trip.signal("word", { say: "shallow" });
    expect(trip.end()).toEqual({ value: ["TypeError", { say: "shallow" }] });
  });

  test.each([{}, { whenNotReceiving: "discard" } as const])(
    "that throws on a signal that waits fails the await: %o",
    async (options) => {
      const trip = await listening<Deep>(async (word) => {
        const strict = word.receive({ where: (signal) => signal.deep.text === "x" });
        await timer("1s");
        return await strict.then(String, nameOf);
      }, options);
      await trip.signal("word", "shallow");
      await trip.fire("0.1");
      expect(trip.end()).toEqual({ value: "TypeError" });
    },
  );

  test("sees the clock of history, and can issue nothing", async () => {
    const seen: unknown[] = [];
    const trip = await listening(async (word) => {
      await word.receive({ where: () => seen.push(Date.now()) > 0 });
      return await word.receive({ where: () => timer("1s") !== undefined }).then(String, nameOf);
    });
    await trip.signal("word", 1);
    expect(seen).toEqual([startedAt + 2]);
    await trip.signal("word", 2);
    expect(trip.end()).toEqual({ value: "InvalidQueryError" });
    expect(trip.issued).toEqual(["receive 0.0", "receive 0.1"]);
  });
});

describe("a receive", () => {
  test.each([0, -1, Number.NaN])("refuses a limit of %d", async (limit) => {
    const trip = await listening((word) => word.receive({ limit }));
    expect(trip.end()).toMatchObject({ error: "InvalidOptionError" });
    expect(trip.issued).toEqual([]);
  });

  test("CHA-14 CHA-15 gives one signal per await, in order", async () => {
    const trip = await listening(async (word) => {
      const receive = word.receive({ limit: 3 });
      return [await receive, await receive, await receive];
    });
    expect(trip.log).toEqual([{ kind: "receive", id: "0.0", channel: "word", limit: 3 }]);
    for (const value of ["a", "b", "c"]) await trip.signal("word", value);
    expect(trip.end()).toEqual({ value: ["a", "b", "c"] });
  });

  test("CHA-16 takes twenty signals, however they come", async () => {
    const trip = await listening(async (word) => {
      const receive = word.receive();
      const heard: unknown[] = [];
      while (heard.length < 20) heard.push(await receive);
      return heard;
    });
    const numbers = Array.from({ length: 20 }, (_, number) => number);
    for (const number of numbers) await trip.signal("word", number);
    expect(trip.end()).toEqual({ value: numbers });
  });

  test("CHA-17 CHA-18 repeats the last value after its limit, also when signals come late", async () => {
    const trip = await listening(async (word) => {
      const receive = word.receive({ limit: 2 });
      return [await receive, await receive, await receive, receive.status()];
    });
    for (const value of ["a", "b"]) await trip.signal("word", value);
    expect(trip.end()).toEqual({ value: ["a", "b", "b", "completed"] });
  });

  test("CHA-19 is pending before a signal, completed when one waits, and pending after the await", async () => {
    const trip = await listening(async (word) => {
      const receive = word.receive();
      const statuses = [receive.status()];
      await timer("1s");
      statuses.push(receive.status());
      await receive;
      return [...statuses, receive.status()];
    });
    await trip.signal("word", "a");
    await trip.fire("0.1");
    expect(trip.end()).toEqual({ value: ["pending", "completed", "pending"] });
  });

  test("CHA-20 that loses a race takes nothing afterwards", async () => {
    const trip = await listening(async (word) => {
      const receive = word.receive();
      for (let time = 0; time < 2; time++) await Promise.race([receive, timer(10)]);
      const before = receive.status();
      await timer(10);
      return [before, receive.status(), await receive];
    });
    await trip.fire("0.1");
    await trip.fire("0.2");
    await trip.signal("word", "a");
    await trip.fire("0.3");
    expect(trip.end()).toEqual({ value: ["pending", "completed", "a"] });
  });

  test("is served in the order in which they began to wait", async () => {
    const trip = await listening(async (word) => {
      const second = word.receive();
      const first = word.receive();
      return Object.fromEntries(
        await Promise.all([(async () => ["first", await first])(), (async () => ["second", await second])()]),
      );
    });
    await trip.signal("word", 1);
    await trip.signal("word", 2);
    expect(trip.end()).toEqual({ value: { first: 1, second: 2 } });
  });
});

describe("a loop over a channel", () => {
  test("CHA-22 ends when its limit is reached", async () => {
    const trip = await listening(async (word) => {
      const heard: unknown[] = [];
      for await (const signal of word.receive({ limit: 2 })) heard.push(signal);
      return heard;
    });
    for (const value of ["a", "b", "c"]) await trip.signal("word", value);
    expect(trip.end()).toEqual({ value: ["a", "b"] });
  });

  test("over all signals goes on until it is left", async () => {
    const trip = await listening(async (word) => {
      const heard: unknown[] = [];
      for await (const signal of word) {
        heard.push(signal);
        if (signal === "stop") break;
      }
      return [...heard, await word.receive()];
    });
    for (const value of ["a", "stop", "b"]) await trip.signal("word", value);
    expect(trip.end()).toEqual({ value: ["a", "stop", "b"] });
    expect(trip.issued).toEqual(["receive 0.0", "receive 0.1"]);
  });

  test("CHA-23 sees every signal once, in order, however many come between two receives", async () => {
    const trip = await listening(async (word) => {
      const heard: unknown[] = [];
      while (true) {
        const signal = await word.receive();
        if (signal === "stop") return heard;
        heard.push(signal);
        if (heard.length === 2) await timer("1s");
      }
    });
    for (const value of [1, 2, 3, 4, 5]) await trip.signal("word", value);
    await trip.fire("0.2");
    await trip.signal("word", "stop");
    expect(trip.end()).toEqual({ value: [1, 2, 3, 4, 5] });
  });

  test("CHA-24 with one receive raced with a timer takes the signal in the round in which it came", async () => {
    const trip = await listening(async (word) => {
      const receive = word.receive();
      for (let round = 1; ; round++) {
        const heard = await Promise.race([receive, timer("1m")]);
        if (!(heard instanceof Date)) return [round, heard];
      }
    });
    await trip.fire("0.1");
    await trip.fire("0.2");
    await trip.signal("word", "now");
    expect(trip.end()).toEqual({ value: [3, "now"] });
  });
});
