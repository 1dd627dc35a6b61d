import { describe, expect, test } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { RULES } from "../../lib/core/model/rules.ts";
import type { Query } from "../../lib/runtime/query.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf, type TestReplay, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { InstanceDriver } from "./instance-driver.ts";

interface Echo {
  say(word: string): Promise<string>;
}
const Echo = defineService<Echo>("Echo");

interface Trip {
  run(): Promise<unknown>;
  caught(): Promise<unknown>;
  readonly fields: Query<() => unknown>;
}
const Trip = defineWorkflow<Trip>("Trip");

class Cart {
  total = 0;
}

/** As clients of services are: what they have inside changes when they are used. */
class HttpClient {
  calls = 0;
  readonly agent = (): number => ++this.calls;
}

const later = (by: (run: () => void) => void, act: () => void): Promise<void> =>
  new Promise((resolve) => {
    by(() => {
      act();
      resolve();
    });
  });

class Order {
  customer = new (class Customer {
    name = "Ann";
  })();
  bytes = new Uint8Array(2);
}

class Base extends Workflow {
  order = new Order();
  buffer = new ArrayBuffer(2);
  readonly client = new HttpClient();
  readonly echo = newService(Echo);
  readonly word = channel<string>();
  count = 0;
  when = new Date(0);
  bytes = new Uint8Array(2);
  items: string[] = [];
  nested = { deep: { list: [1] } };
  cart = new Cart();
  readonly byName = new Map([["a", { n: 1 }]]);
  readonly names = new Set<string>();
  later?: string;
  readonly fields = query(() => this.all());

  all(): unknown {
    const { count, items, cart, byName, names, later, when, bytes, nested } = this;
    return {
      count,
      items,
      cart,
      byName: [...byName],
      names: [...names],
      later,
      when,
      bytes: [...bytes],
      nested,
    };
  }
}

const settled = async (): Promise<string> => "x";
const inMacrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type Change = (self: Base) => unknown;

const CHANGES: readonly [what: string, property: string, change: Change][] = [
  ["an assignment", "count", (self) => self.count++],
  [
    "one after a settled await",
    "count",
    async (self) => Object.assign(self, { count: (await settled()).length }).count,
  ],
  ["one after I/O", "count", async (self) => inMacrotask().then(() => self.count++)],
  ["a new property", "later", (self) => (self.later = "now")],
  ["a property taken away", "cart", (self) => Reflect.deleteProperty(self, "cart") && undefined],
  ["an item pushed", "items", (self) => self.items.push("a")],
  ["an item pushed after a settled await", "items", async (self) => void self.items.push(await settled())],
  ["a nested value", "nested", (self) => (self.nested.deep.list[0] = 2)],
  ["a value of a map", "byName", (self) => ((self.byName.get("a") as { n: number }).n = 2)],
  ["an entry of a map", "byName", (self) => void self.byName.set("b", { n: 2 })],
  ["a member of a set", "names", (self) => void self.names.add("a")],
  ["a date", "when", (self) => self.when.setTime(1)],
  ["bytes", "bytes", (self) => (self.bytes[1] = 1)],
  ["an object of a class", "cart", (self) => (self.cart.total = 2)],
  ["the order of keys", "nested", (self) => void Object.assign(self, { nested: { ...self.nested } })],
  [
    "the order of entries",
    "byName",
    (self) => {
      self.byName.set("b", { n: 1 });
      self.byName.delete("a");
      self.byName.set("a", { n: 1 });
      self.byName.delete("b");
      self.names.add("a");
      self.names.delete("a");
    },
  ],
  ["another object of a class", "cart", (self) => Object.assign(self, { cart: new Cart() }) && 0],
  ["a change in a microtask", "count", (self) => later(queueMicrotask, () => self.count++)],
  ["a change in a tick", "count", (self) => later(process.nextTick, () => self.count++)],
  [
    "a change in a tick after I/O",
    "count",
    (self) => inMacrotask().then(() => later(process.nextTick, () => self.count++)),
  ],
  ["a symbol property", "Symbol(mark)", (self) => Reflect.set(self, Symbol.for("mark"), 1) && 0],
  [
    "an object of a class in one",
    "order",
    (self) => void Object.assign(self.order.customer, { name: "Bob" }),
  ],
  ["bytes in an object of a class", "order", (self) => void self.order.bytes.fill(1)],
  ["a buffer by a view of it", "buffer", (self) => void new Uint8Array(self.buffer).fill(1)],
  [
    "an accessor in place of a value",
    "count",
    (self) => void Object.defineProperty(self, "count", { get: () => 1 }),
  ],
  [
    "something before it fails",
    "count",
    (self) => {
      self.count++;
      throw new Error("no");
    },
  ],
];

async function played(change: Change, method: "run" | "caught", replay: TestReplay): Promise<unknown> {
  class TripV1 extends Base implements Trip {
    async run(): Promise<unknown> {
      await inline(() => change(this));
      return await this.echo.say("after");
    }
    async caught(): Promise<unknown> {
      await this.echo.say("before");
      const error = await inline(() => change(this)).then(undefined, (thrown) => (thrown as Error).name);
      await this.echo.say("after");
      return [error, this.all()];
    }
  }
  const system = await new TestSystem({
    workflows: [workflowOf(Trip, TripV1)],
    services: [serviceOf(Echo, { say: async (word) => word })],
    replay,
  }).start();
  try {
    return await system.until(system.client.newWorkflow(Trip)[method]());
  } finally {
    await system.close();
  }
}

const refused = (property: string) => ({
  name: "InvalidInlineError",
  message: `expected an inline task to leave the properties of the workflow alone, got another value in ${property}: return it, and assign it outside of the task`,
});

describe.each(["as-needed", "always"] as const)("an inline task, replayed %s,", (replay) => {
  test.each(CHANGES)(
    "EDG-36 that changes a property fails, and names it: %s",
    async (_, property, change) => {
      const failure = { name: "WorkflowFailedError", cause: refused(property) };
      await expect(played(change, "run", replay)).rejects.toMatchObject(failure);
    },
  );

  test.each(CHANGES)(
    "EDG-36 leaves nothing of a change to code that catches its failure: %s",
    async (_, __, change) => {
      const fresh = JSON.parse(JSON.stringify(new Base().all()));
      expect(await played(change, "caught", replay)).toEqual(["InvalidInlineError", fresh]);
    },
  );

  test.each<[string, Change]>([
    ["reads properties", (self) => [self.count, self.nested.deep.list.length]],
    ["assigns what is there already", (self) => Object.assign(self, { count: 0 }) && 0],
    ["changes what it has made itself", () => [3, 1, 2].sort()],
    ["uses a client that is a property", (self) => self.client.agent()],
    ["works in several stretches", async () => inMacrotask().then(settled)],
  ])("EDG-36 is taken when it %s", async (_, task) => {
    expect(await played(task, "run", replay)).toBe("after");
  });

  test("EDG-36 is not blamed for what the workflow changes meanwhile", async () => {
    class TripV1 extends Base implements Trip {
      async run(): Promise<unknown> {
        const value = inline(async () => {
          await inMacrotask();
          return await settled();
        });
        this.count++;
        await settled();
        this.items.push("mine");
        const other = inline(async () => settled());
        const hash = inline(async () => (await crypto.subtle.digest("SHA-256", new Uint8Array())).byteLength);
        this.count += await hash;
        await settled();
        this.items.push("too");
        return [await value, await other, this.count, this.items];
      }
      caught = this.run;
    }
    const system = await new TestSystem({ workflows: [workflowOf(Trip, TripV1)], replay }).start();
    expect(await system.until(system.client.newWorkflow(Trip).run())).toEqual([
      "x",
      "x",
      33,
      ["mine", "too"],
    ]);
    await system.close();
  });
});

/** Values whose own code throws, or does something else, where that of the platform would be called. */
class Wild extends Map<string, number> {
  override clear(): void {
    throw new RangeError("wild");
  }
  override [Symbol.iterator](): never {
    throw new RangeError("wild");
  }
}
class WildDate extends Date {
  override setTime(): never {
    throw new RangeError("wild");
  }
}

describe.each(["as-needed", "always"] as const)(
  "properties that are hard to look into, replayed %s,",
  (replay) => {
    async function run(act: (self: Hard) => unknown): Promise<unknown> {
      class TripV1 extends Hard implements Trip {
        async run(): Promise<unknown> {
          return inline(() => act(this));
        }
        caught = this.run;
        readonly fields = query(() => 0);
      }
      const system = await new TestSystem({ workflows: [workflowOf(Trip, TripV1)], replay }).start();
      try {
        return await system
          .until(system.client.newWorkflow(Trip).run())
          .catch(({ cause }) => (cause as Error).name);
      } finally {
        await system.close();
      }
    }

    class Hard extends Workflow {
      count = 0;
      wild = new Wild();
      date = new WildDate(0);
      bytes = new Uint8Array(8);
      big = new Uint8Array(5_000_000);
      many = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${n}`, n]));
      items = new Map(Array.from({ length: 800 }, (_, n) => [n, { n }]));
    }

    test.each<[string, (self: Hard) => unknown, unknown]>([
      ["a change beside them", (self) => self.count++, "InvalidInlineError"],
      [
        "an entry of a map with methods of its own",
        (self) => void self.wild.set("b", 2),
        "InvalidInlineError",
      ],
      [
        "a date with methods of its own",
        (self) => Date.prototype.setTime.call(self.date, 5),
        "InvalidInlineError",
      ],
      [
        "bytes that are handed away",
        (self) => structuredClone(self.bytes.buffer, { transfer: [self.bytes.buffer] }).byteLength,
        "InvalidInlineError",
      ],
      ["nothing", () => 1, 1],
    ])("EDG-36 are no trouble to an inline task that changes %s", async (_, act, outcome) => {
      expect(await run(act)).toEqual(outcome);
    });

    test("EDG-36 are looked at once an await, and no more than a thousand values", async () => {
      const awaits = async (): Promise<number> => {
        for (let n = 0; n < 500; n++) await null;
        return 500;
      };
      expect(await run(awaits)).toBe(500);
    });
  },
);

describe.each(["as-needed", "always"] as const)("inline tasks beside each other, replayed %s,", (replay) => {
  const told = async (task: PromiseLike<unknown>): Promise<string> =>
    task.then(String, (error: Error) => error.name);

  async function outcome(run: (self: Base) => Promise<unknown>): Promise<unknown> {
    class TripV1 extends Base implements Trip {
      run = (): Promise<unknown> => run(this);
      caught = this.run;
    }
    const system = await new TestSystem({
      workflows: [workflowOf(Trip, TripV1)],
      services: [serviceOf(Echo, { say: async (word) => word })],
      replay,
    }).start();
    try {
      return await system.until(system.client.newWorkflow(Trip).run());
    } finally {
      await system.close();
    }
  }

  const longer = async (self: Base, change?: Change): Promise<string> => {
    await inMacrotask();
    await change?.(self);
    await inMacrotask();
    await inMacrotask();
    return "good";
  };

  test.each<[string, (self: Base) => Promise<unknown>]>([
    ["at once", async (self) => self.count++],
    ["after a settled await", async (self) => settled().then(() => self.count++)],
    ["after I/O", async (self) => inMacrotask().then(() => self.count++)],
    [
      "in a callback",
      (self) =>
        new Promise((resolve) => {
          setImmediate(() => resolve(self.items.push("a")));
        }),
    ],
    ["and ends last", (self) => longer(self, () => self.items.push("a"))],
  ])("EDG-36 only the one fails that changes a property: %s", async (_, bad) => {
    const run = async (self: Base): Promise<unknown> => {
      const tasks = [inline(() => longer(self)), inline(() => bad(self)), inline(() => settled())];
      return [...(await Promise.all(tasks.map(told))), self.count, self.items];
    };
    expect(await outcome(run)).toEqual(["good", "InvalidInlineError", "x", 0, []]);
  });

  test("EDG-36 the workflow never sees what one has changed, not even in the same step", async () => {
    const run = async (self: Base): Promise<unknown> => {
      const bad = inline(() => {
        self.count++;
        self.byName.set("b", { n: 2 });
        Reflect.deleteProperty(self.nested, "deep");
      });
      const said = await (self.count > 0 ? self.echo.say("changed") : self.echo.say("unchanged"));
      return [said, await told(bad), self.count, [...self.byName.keys()], self.nested];
    };
    const nested = { deep: { list: [1] } };
    expect(await outcome(run)).toEqual(["unchanged", "InvalidInlineError", 0, ["a"], nested]);
  });

  test("EDG-36 what the workflow changes between two of them stays", async () => {
    const run = async (self: Base): Promise<unknown> => {
      const slow = inline(() => longer(self, () => self.count++));
      self.items.push(await inline(settled));
      self.cart.total = 3;
      return [await told(slow), self.count, self.items, self.cart.total];
    };
    expect(await outcome(run)).toEqual(["InvalidInlineError", 0, ["x"], 3]);
  });
});

test("EDG-36 an inline task of a run under the rules before may change a property still", async () => {
  class TripV1 extends Base {
    async run(): Promise<unknown> {
      await timer("1s");
      await inline(() => this.count++);
      return this.count;
    }
  }
  const trip = new InstanceDriver(TripV1);
  await trip.start();
  trip.follow(RULES.inlinesChangeNothing.number - 1);
  trip.now += 1_000;
  await trip.wake();
  expect(trip.result()).toEqual({ status: "completed", result: 1 });
});
