import { describe, expect, test } from "vitest";
import { RULES } from "../../lib/core/model/rules.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { begun, type Code, type Ears, ears, minute, never, played, RACERS, textIn } from "./racers.ts";

describe.each([true, false])("what loses a race takes no signal (warm: %s)", (isWarm) => {
  test.each(Object.entries(RACERS))("EDG-20 EDG-21 %s", async (_name, racer) => {
    expect(await played(racer, isWarm)).toEqual({
      status: "completed",
      result: ["tick", "tick", "A", "B", "C"],
    });
  });
});

/** Code that waits in races, and what it gives when A, B and C come after a minute. */
const KEPT: { readonly [name: string]: readonly [Code, unknown] } = {
  "a promise that is raced again": [
    async (self) => {
      const pending = self.next();
      const got: string[] = [];
      while (got.length < 2) got.push(textIn(await Promise.race([pending, timer("1m")])));
      return [...got, await self.word.receive()];
    },
    ["tick", "A", "B"],
  ],
  "a promise that is awaited later, when the signals are there": [
    async (self) => {
      const pending = self.next();
      await Promise.race([pending, timer("1m")]);
      const first = await self.word.receive();
      return [first, textIn(await pending)];
    },
    ["A", "B"],
  ],
  "a promise that has a then() beside the race": [
    async (self) => {
      const pending = self.next();
      void pending.then((one) => self.got.push(textIn(one)));
      await Promise.race([pending, timer("1m")]);
      return [await self.word.receive(), ...self.got];
    },
    ["B", "A"],
  ],
  "a promise that a branch awaits": [
    async (self) => {
      const pending = self.next();
      const branch = (async () => textIn(await pending))();
      await Promise.race([pending, timer("1m")]);
      return [await branch, await self.word.receive()];
    },
    ["A", "B"],
  ],
  "a promise that a branch awaits, which is in a race that goes on": [
    async (self) => {
      const pending = self.next();
      const slow = Promise.race([pending.then(textIn), never()]);
      await Promise.race([pending, timer("1m")]);
      return [await slow, await self.word.receive()];
    },
    ["A", "B"],
  ],
  "a branch beside the race": [
    async (self) => {
      const branch = (async () => [await self.word.receive(), await self.word.receive()])();
      await Promise.race([(async () => await self.desk.work())(), self.next(), timer("1m")]);
      return [await branch, await self.word.receive()];
    },
    [["A", "B"], "C"],
  ],
  "a branch that was begun by a function that lost, before it did": [
    async (self) => {
      const attempt = async () => {
        void (async () => {
          for await (const word of self.word) self.got.push(word);
        })();
        return await self.desk.work();
      };
      await Promise.race([attempt(), timer("1m")]);
      await timer("2m");
      return self.got;
    },
    ["A", "B", "C"],
  ],
  "a field that another method of the code awaits": [
    async (self) => {
      const shared = self.word.receive().then(textIn);
      const reader = async () => [await shared, await shared];
      await Promise.race([shared, timer("1m")]);
      return [await reader(), await self.word.receive()];
    },
    [["A", "A"], "B"],
  ],
  "what settled in allSettled": [
    async (self) => {
      const settled = Promise.allSettled([self.next(), Promise.reject(new Error("no"))]);
      await timer("1m");
      return [await self.word.receive(), textIn(await settled)];
    },
    ["B", "A"],
  ],
};

describe.each([true, false])("what somebody waits for takes its signal (warm: %s)", (isWarm) => {
  test.each(Object.entries(KEPT))("EDG-21 %s", async (_name, [code, result]) => {
    const trip = await begun(ears(code), isWarm);
    await minute(trip);
    for (const word of ["A", "B", "C"]) await trip.signal(word);
    await minute(trip);
    await minute(trip);
    expect(trip.result()).toEqual({ status: "completed", result });
  });
});

/** Whether a promise is lost, and how. */
const LOSSES: { readonly [name: string]: (promise: unknown, self: Ears) => Promise<unknown> } = {
  "an all that fails": (promise, self) => Promise.all([promise, self.desk.work()]).catch(() => undefined),
  "an all in a race": (promise) => Promise.race([Promise.all([promise, never()]), timer("1m")]),
  "an any that is won": (promise) => Promise.any([promise, timer("1m")]),
  "a race of an allSettled": (promise) => Promise.race([Promise.allSettled([promise]), timer("1m")]),
  "a race of then() of an all": (promise) =>
    Promise.race([Promise.all([promise]).then((one) => one), timer("1m")]),
  "an all that fails in an async function": (promise, self) =>
    (async () => Promise.all([promise, self.desk.work()]))().catch(() => undefined),
};

describe.each([true, false])("EDG-20 what is lost takes no signal (warm: %s)", (isWarm) => {
  test.each(Object.keys(LOSSES))("EDG-20 by %s", async (loss) => {
    for (const [name, racer] of Object.entries(RACERS)) {
      const trip = await begun(
        ears(async (self) => {
          await LOSSES[loss]?.(racer(self), self);
          return [await self.word.receive(), await self.word.receive()];
        }),
        isWarm,
      );
      for (const record of trip.history) if (record.kind === "task") await trip.fail(record.id);
      await minute(trip);
      for (const word of ["A", "B", "C"]) await trip.signal(word);
      expect([name, trip.result()]).toEqual([name, { status: "completed", result: ["A", "B"] }]);
    }
  });

  test("EDG-21 a function that goes on after it has lost takes none either, until it is awaited again", async () => {
    for (const isAwaited of [false, true]) {
      for (const receive of ["next", "return", "then"] as const) {
        const trip = await begun(
          ears(async (self) => {
            const attempt = async () => {
              await self.desk.work();
              if (receive === "next") return await self.next();
              return receive === "return" ? self.next() : self.word.receive().then((v) => v);
            };
            const attempting = attempt();
            await Promise.race([attempting, timer("1m")]);
            await timer("1m");
            const first = isAwaited ? textIn(await attempting) : await self.word.receive();
            return [first, await self.word.receive()];
          }),
          isWarm,
        );
        await minute(trip);
        await trip.signal("A");
        await trip.complete("0.0", "worked");
        await trip.signal("B");
        await minute(trip);
        expect(trip.result()).toEqual({ status: "completed", result: ["A", "B"] });
      }
    }
  });
});

describe.each([true, false])("an async generator that is kept (warm: %s)", (isWarm) => {
  test("EDG-21 is told of when one asks it for more while its last request has lost a race", async () => {
    const trip = await begun(
      ears(async (self) => {
        const loud = self.loud();
        for (;;) self.got.push(await Promise.race([loud.next(), timer("1m")]));
      }),
      isWarm,
    );
    expect(trip.status).toBe("running");
    await minute(trip);
    expect(trip.result()).toMatchObject({
      status: "failed",
      error: {
        name: "ForeignAwaitError",
        message: expect.stringContaining("race the promise of that request again"),
      },
    });
  });

  test("EDG-21 gives all when that promise is raced again, or it was never lost", async () => {
    const trip = await begun(
      ears(async (self) => {
        const [loud, other] = [self.loud(), self.loud()];
        const got: string[] = [];
        let request = loud.next();
        while (got.length < 4) {
          const word = await Promise.race([request, timer("1m")]);
          got.push(textIn(word));
          if (!(word instanceof Date)) request = loud.next();
        }
        const both = [await request, await other.next()];
        return [...got, ...both.map(textIn)];
      }),
      isWarm,
    );
    await minute(trip);
    await minute(trip);
    for (const word of ["A", "B", "C", "D"]) await trip.signal(word);
    expect(trip.result()).toEqual({ status: "completed", result: ["tick", "tick", "A", "B", "C", "D"] });
  });
});

test("EDG-20 a run of before loses what it lost", async () => {
  const rules = RULES.losersTakeNothing.number - 1;
  for (const isWarm of [true, false]) {
    for (const name of ["then()", "an async method", "one iterator"]) {
      const result = ["tick", "tick", "C", "tick", "tick"];
      const racer = RACERS[name] as Code;
      expect(await played(racer, isWarm, rules)).toEqual({ status: "completed", result });
    }
    const result = ["tick", "tick", "A", "B", "C"];
    expect(await played(RACERS["a race in a race"] as Code, isWarm, rules)).toMatchObject({ result });
  }
});
