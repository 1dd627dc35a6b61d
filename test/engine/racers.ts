import { Workflow, type WorkflowClass } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { Desk, InstanceDriver } from "./instance-driver.ts";

/** A workflow with a channel, whose method `run` is the code that is tried. */
export abstract class Ears extends Workflow {
  readonly word = channel<string>();
  readonly desk = newService(Desk);
  readonly got: unknown[] = [];
  readonly words = this.word[Symbol.asyncIterator]();

  abstract run(): Promise<unknown>;

  async next(): Promise<unknown> {
    return { v: await this.word.receive() };
  }

  async *loud(): AsyncGenerator<string> {
    for await (const word of this.word) yield word.toUpperCase();
  }
}

export type Code = (self: Ears) => unknown;

export const never = () => timer("1000h");
const tagged = async (promise: PromiseLike<unknown>) => ({ v: await promise });

/** Ways to wait for a signal that is given to a race, each a promise of it. */
export const RACERS: { readonly [name: string]: Code } = {
  "a receive": ({ word }) => word.receive(),
  "then()": ({ word }) => word.receive().then((v) => ({ v })),
  "catch()": ({ word }) =>
    word
      .receive()
      .then(undefined, () => "x")
      .catch(() => "y"),
  "then() of then(), finally()": ({ word }) =>
    word
      .receive()
      .then((v) => v)
      .finally(() => undefined)
      .then((v) => ({ v }))
      .then((one) => one),
  "Promise.resolve()": ({ word }) => Promise.resolve(word.receive()),
  "Promise.resolve() of then()": ({ word }) => Promise.resolve(word.receive().then((v) => v)),
  "a promise resolved with a receive": ({ word }) => new Promise((resolve) => resolve(word.receive())),
  "then() that gives a receive": ({ word }) => Promise.resolve().then(() => word.receive()),
  "then() that gives an async function's promise": (self) => Promise.resolve().then(() => self.next()),
  "an async function": ({ word }) => (async () => ({ v: await word.receive() }))(),
  "an async method": (self) => self.next(),
  "an async function that returns a receive": ({ word }) => (async () => word.receive())(),
  "an async function that returns a promise": (self) => (async () => self.next())(),
  "an async function in an async function": (self) => (async () => await (async () => await self.next())())(),
  "an async function that does more before": (self) =>
    (async () => {
      await null;
      await (async () => {})();
      return await self.next();
    })(),
  "an async function that awaits one that has no await": (self) =>
    (async () => {
      const next = async () => self.next();
      await (async () => null)();
      return await next();
    })(),
  "an async function that gives what has no await to another": (self) =>
    (async () => {
      const next = async () => self.next();
      const given = next();
      return await tagged(given);
    })(),
  "an async function that catches and cleans up": ({ word }) =>
    (async () => {
      try {
        return await word.receive();
      } catch {
        return "caught";
      } finally {
        await null;
      }
    })(),
  "an async function that is given a receive": ({ word }) => tagged(word.receive()),
  "an async function that is given a promise": (self) => tagged(self.next()),
  "an async function with a race": ({ word }) =>
    (async () => await Promise.race([word.receive(), never()]))(),
  "an async function that calls others at once": (self) =>
    (async () => {
      const direct = (async () => tagged(never()))();
      const both = await Promise.race([self.next(), direct]);
      return both;
    })(),
  "a loop that is left": ({ word }) =>
    (async () => {
      for await (const v of word) return { v };
      return "no more";
    })(),
  "an iterator": ({ word }) => word[Symbol.asyncIterator]().next(),
  "one iterator": ({ words }) => words.next(),
  "then() of an iterator": ({ words }) => words.next().then(({ value }) => ({ v: value })),
  "an iterator of a receive": ({ word }) => word.receive({ limit: 2 })[Symbol.asyncIterator]().next(),
  "a generator of its own each time": (self) => self.loud().next(),
  "a race in a race": ({ word }) => Promise.race([Promise.race([word.receive(), never()]), never()]),
  "combinations three deep": ({ word }) =>
    Promise.all([Promise.any([Promise.race([word.receive().then((v) => v), never()])])]),
  "allSettled, of an async function": (self) => Promise.allSettled([self.next()]),
  "any of all of then()": (self) => Promise.any([Promise.all([self.next().then((one) => one)])]),
  "then() of a race": (self) => Promise.race([self.next(), never()]).then((one) => [one]),
  "an executor": ({ word }) => new Promise((resolve) => void word.receive().then(resolve)),
  "an async executor": ({ word }) =>
    new Promise((resolve) => void (async () => resolve(await word.receive()))()),
  "a thenable": ({ word }) => ({
    // biome-ignore lint/suspicious/noThenProperty: what is tried is a thenable
    then: (...callbacks: Parameters<PromiseLike<string>["then"]>) => word.receive().then(...callbacks),
  }),
};

/** What a racer gave, whatever it is wrapped in. */
export function textIn(given: unknown): string {
  return given instanceof Date ? "tick" : (JSON.stringify(given ?? null).match(/"([A-Z])"/)?.[1] ?? "?");
}

export async function begun(
  workflow: WorkflowClass,
  isWarm: boolean,
  rules?: number,
): Promise<InstanceDriver> {
  const trip = new InstanceDriver(workflow);
  trip.isWarm = isWarm;
  await trip.start();
  if (rules !== undefined) trip.follow(rules);
  return trip;
}

export function ears(code: Code): WorkflowClass {
  return class extends Ears {
    async run(): Promise<unknown> {
      return await code(this);
    }
  };
}

export const minute = async (trip: InstanceDriver) => {
  trip.now += 60_000;
  await trip.wake();
};

/** Five rounds: two are lost, then A, B and C are sent. */
const rounds = (racer: Code) =>
  ears(async (self) => {
    const got: string[] = [];
    while (got.length < 5) got.push(textIn(await Promise.race([racer(self), timer("1m")])));
    return got;
  });

export async function played(racer: Code, isWarm: boolean, rules?: number): Promise<unknown> {
  const trip = await begun(rounds(racer), isWarm, rules);
  await minute(trip);
  await minute(trip);
  for (const word of ["A", "B", "C"]) await trip.signal(word);
  for (let round = 0; round < 4 && trip.status === "running"; round++) await minute(trip);
  return trip.result();
}
