import { beforeEach, expect } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Json } from "../../lib/core/values/json.ts";
import { Random } from "../../lib/core/values/random.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import type { Deferred } from "../../lib/runtime/deferred.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { scenariosWith } from "./scenario.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Desk {
  greet(name: string): Promise<string>;
  add(a: number, b: number): Promise<number>;
  place(x: number): Promise<Point>;
  mirror(point: Point): Promise<Point>;
  note(text: string): Promise<void>;
}
const Desk = defineService<Desk>("Desk");

type Method = keyof Desk;

/** The batches since the scenario began, in order. */
const batches: { readonly size: number; readonly keys: readonly (Json | undefined)[] }[] = [];
beforeEach(() => void batches.splice(0));

function record(tasks: ReadonlyMap<string, unknown>): void {
  const keys = [...tasks.keys()].map((taskId) => taskContext(taskId).meta["batchKey"]);
  batches.push({ size: tasks.size, keys: [...new Set(keys)] });
}

/** A batched method made of one for a single task. */
function batched<A, R>(resultOf: (args: A) => R) {
  return async (tasks: ReadonlyMap<string, A>): Promise<ReadonlyMap<string, R>> => {
    record(tasks);
    return new Map([...tasks].map(([taskId, args]) => [taskId, resultOf(args)]));
  };
}

const alone = async (): Promise<never> => {
  throw new Error("expected batches only, got a single task");
};

const desk = serviceOf(
  Desk,
  { greet: alone, add: alone, place: alone, mirror: alone, note: alone },
  {
    retry: noRetry,
    batched: {
      greet: batched(([name]) => `hello ${name}`),
      add: batched(([a, b]) => a + b),
      place: batched(([x]) => ({ x, y: 1 })),
      mirror: batched(([{ x, y }]) => ({ x: y, y: x })),
      note: async (tasks) => record(tasks),
    },
  },
  { batchSize: 10, linger: 100 },
);

interface Bundles {
  /** Sends thirty tasks, with a pause after each. */
  send(method: Method, everyMs: number): Promise<unknown[]>;
  /** Sends a task with each of the batch keys; null stands for none. */
  sendKeyed(keys: readonly (string | null)[]): Promise<unknown[]>;
}
const Bundles = defineWorkflow<Bundles>("Bundles");

const COUNT = 30;

class BundlesV1 extends Workflow implements Bundles {
  readonly #desk = newService(Desk);
  readonly #tasks: { readonly [method in Method]: (index: number) => Deferred<unknown> } = {
    greet: (index) => this.#desk.greet(`number ${index}`),
    add: (index) => this.#desk.add(index, 1),
    place: (index) => this.#desk.place(index),
    mirror: (index) => this.#desk.mirror({ x: index, y: 1 }),
    note: (index) => this.#desk.note(`number ${index}`),
  };

  async send(method: Method, everyMs: number): Promise<unknown[]> {
    const sent: Deferred<unknown>[] = [];
    for (let index = 0; index < COUNT; index += 1) {
      sent.push(this.#tasks[method](index));
      if (everyMs > 0) await timer(everyMs);
    }
    return Promise.all(sent);
  }

  async sendKeyed(keys: readonly (string | null)[]): Promise<unknown[]> {
    const tasks = keys.map((batchKey, index) => {
      const meta = batchKey === null ? {} : { meta: { batchKey } };
      return newService(Desk, meta).greet(`number ${index}`);
    });
    return Promise.all(tasks);
  }
}

const scenario = scenariosWith({ workflows: [workflowOf(Bundles, BundlesV1)], services: () => [desk] });

const indexes = Array.from({ length: COUNT }, (_, index) => index);
const methods: readonly [what: string, method: Method, results: readonly unknown[]][] = [
  ["of tasks with one parameter", "greet", indexes.map((index) => `hello number ${index}`)],
  ["of tasks with two parameters", "add", indexes.map((index) => index + 1)],
  ["of tasks with an object for a result", "place", indexes.map((x) => ({ x, y: 1 }))],
  ["of tasks with an object in and out", "mirror", indexes.map((y) => ({ x: 1, y }))],
  ["of tasks without a result", "note", indexes.map(() => null)],
];

for (const [index, [what, method, results]] of methods.entries()) {
  const idOf = (number: number): string => `BAT-${String(2 * index + number).padStart(2, "0")}`;

  scenario(`${idOf(1)} a burst of 30 ${what} goes in full batches`, async ({ client, until }) => {
    expect(await until(client.newWorkflow(Bundles).send(method, 0))).toEqual(results);
    expect(batches.map(({ size }) => size)).toEqual([10, 10, 10]);
  });

  scenario(
    `${idOf(2)} 30 ${what}, one each 30 ms, go in batches closed by time`,
    async ({ client, until }) => {
      expect(await until(client.newWorkflow(Bundles).send(method, 30))).toEqual(results);
      expect(batches.map(({ size }) => size)).toEqual([4, 4, 4, 4, 4, 4, 4, 2]);
    },
  );
}

scenario("BAT-11 random batch keys: every batch has one key", async ({ client, until }) => {
  const random = new Random("BAT-11");
  const keys = Array.from({ length: 60 }, () => ["a", "b", "c", null][Math.floor(random.next() * 4)] ?? null);
  const results = await until(client.newWorkflow(Bundles).sendKeyed(keys));
  expect(results).toEqual(keys.map((_, index) => `hello number ${index}`));
  expect(batches.map((batch) => batch.keys.length)).toEqual(batches.map(() => 1));
  const sentBy = (key: string | undefined): number =>
    batches.filter((batch) => batch.keys[0] === key).reduce((sum, { size }) => sum + size, 0);
  for (const key of ["a", "b", "c", null]) {
    expect(sentBy(key ?? undefined)).toBe(keys.filter((one) => one === key).length);
  }
  expect(batches.length).toBeLessThanOrEqual(6 * 4); // six invocations of ten tasks, of at most four keys each
});
