import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { condition } from "../../lib/workflow/condition.ts";
import { query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

interface Crate {
  run(): Promise<string>;
  /** Waits for two more items than there are, for up to an hour. */
  full(): Promise<boolean>;
  put(item: string): Promise<void>;
  /** Does something in the crate that nobody else may do meanwhile. */
  alone(name: string): Promise<string>;
  raced(): Promise<string>;
  raceAgain(): Promise<string>;
  wrong(kind: "throws" | "promise" | "task" | "timeout"): Promise<string>;
  latched(): Promise<string>;
  unlatch(): Promise<void>;
}
const Crate = defineWorkflow<Crate & { seen: ReturnType<typeof query<() => readonly string[]>> }>("Crate");

class CrateV1 extends Workflow {
  readonly seen = query(() => this.log);
  readonly stop = channel<null>();
  readonly #texts = newService(Texts);
  private readonly items: string[] = [];
  private readonly log: string[] = [];
  private isBusy = false;
  #free: (() => void) | undefined;

  async run(): Promise<string> {
    await condition(() => this.items.length >= 2);
    return this.items.join();
  }

  async full(): Promise<boolean> {
    const { length } = this.items;
    return await condition(() => this.items.length >= length + 2, { timeout: "1h" });
  }

  async put(item: string): Promise<void> {
    this.items.push(await this.#texts.concat(item, "!"));
  }

  async alone(name: string): Promise<string> {
    await condition(() => !this.isBusy);
    this.isBusy = true;
    try {
      this.log.push(`${name} in`);
      await this.#texts.concat(name, "");
      this.log.push(`${name} out`);
      return this.log.join(", ");
    } finally {
      this.isBusy = false;
      // Asking again at once does not overtake those who wait.
      if (name === "a") void this.alone("a again");
    }
  }

  async raced(): Promise<string> {
    const first = await Promise.race([
      condition(() => this.items.length > 0).then(() => "an item"),
      timer("1m").then(() => "a minute"),
    ]);
    return `${first} ${this.items.length}`;
  }

  async raceAgain(): Promise<string> {
    const hasItem = condition(() => this.items.length > 0);
    const outcomes: unknown[] = [];
    while (outcomes.at(-1) !== true) outcomes.push(await Promise.race([hasItem, timer("1m")]));
    return `${outcomes.length > 1} ${hasItem.status()} ${await hasItem}`;
  }

  async wrong(kind: string): Promise<string> {
    try {
      if (kind === "timeout") await condition(() => true, { timeout: "soon" });
      else await condition(() => this.#wrong(kind) as boolean);
      return "nothing";
    } catch (error) {
      return (error as Error).name;
    }
  }

  #wrong(kind: string): unknown {
    if (kind === "throws") throw new RangeError("no");
    if (kind === "promise") return Promise.resolve(false);
    return this.#texts.concat("a", "b");
  }

  async latched(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#free = resolve;
    });
    return await this.#texts.concat("un", "latched");
  }

  async unlatch(): Promise<void> {
    this.#free?.();
  }
}

const scenario = scenariosWith({ workflows: [workflowOf(Crate, CrateV1)] });

scenario("CON-01 † a condition gives true when it holds", async ({ client, until }) => {
  const flow = await client.newWorkflow(Crate).dispatch.run();
  const crate = client.getWorkflowById(Crate, flow.workflowId);
  const full = await crate.dispatch.full();
  await until(crate.put("a"));
  expect((await crate.describe()).status).toBe("running");
  await until(crate.put("b"));
  expect(await until(flow.result())).toBe("a!,b!");
  expect(await until(full.result())).toBe(true);
});

scenario(
  "CON-01 a condition gives false at its timeout, and has no command but that timer",
  async (stage) => {
    const { client, until, clock } = stage;
    const before = clock.now();
    const flow = await client.newWorkflow(Crate).dispatch.full();
    expect(await until(flow.result())).toBe(false);
    expect(clock.now() - before).toBeGreaterThanOrEqual(3_600_000);
    const { records } = await client.getWorkflowById(Crate, flow.workflowId).history();
    expect(records.flatMap((one) => ("id" in one ? [one.kind] : []))).toEqual(["timer"]);
  },
);

scenario("CON-01 a condition that holds already has no timer at all", async ({ client, until }) => {
  const flow = await client.newWorkflow(Crate).dispatch.alone("x");
  await until(flow.result());
  const { records } = await client.getWorkflowById(Crate, flow.workflowId).history();
  expect(records.flatMap((one) => ("id" in one ? [one.kind] : []))).toEqual(["task"]);
});

scenario("CON-01 a condition may only read, and is true or false at once", async ({ client, until }) => {
  const crate = client.newWorkflow(Crate);
  expect(await until(crate.wrong("throws"))).toBe("RangeError");
  expect(await until(crate.wrong("promise"))).toBe("InvalidOptionError");
  expect(await until(crate.wrong("task"))).toBe("InvalidQueryError");
  expect(await until(crate.wrong("timeout"))).toBe("InvalidOptionError");
});

scenario("CON-02 † a mutex lets methods in one after the other, in the order of asking", async (stage) => {
  const { client, until } = stage;
  const flow = await client.newWorkflow(Crate).dispatch.run();
  const crate = client.getWorkflowById(Crate, flow.workflowId);
  const ends = await Promise.all(["a", "b", "c"].map((name) => crate.dispatch.alone(name)));
  await Promise.all(ends.map((end) => until(end.result())));
  await until(crate.put("x"));
  await until(crate.put("y"));
  await until(flow.result());
  const seen = await crate.query.seen();
  expect(seen.map((line) => line.split(" ").at(-1))).toEqual([..."abcd"].flatMap(() => ["in", "out"]));
  const order = seen.filter((line) => line.endsWith(" in")).map((line) => line.slice(0, -3));
  expect(order.at(-1)).toBe("a again");
});

scenario("CON-03 a condition in Promise.race", async ({ client, until }) => {
  const flow = await client.newWorkflow(Crate).dispatch.raced();
  await until(client.getWorkflowById(Crate, flow.workflowId).put("a"));
  expect(await until(flow.result())).toBe("an item 1");
  expect(await until(client.newWorkflow(Crate).raced())).toBe("a minute 0");
});

scenario("CON-03 a condition that lost a race can be awaited again", async ({ client, until, clock }) => {
  const flow = await client.newWorkflow(Crate).dispatch.raceAgain();
  const later = client.getWorkflowById(Crate, flow.workflowId);
  const waited = await client.newWorkflow(Crate).dispatch.raced();
  await until(waited.result()); // a minute later
  expect(clock.now()).toBeGreaterThan(0);
  await until(later.put("a"));
  expect(await until(flow.result())).toBe("true completed true");
});

scenario("EDG-32 a method waits for another one by a promise of its own", async ({ client, until }) => {
  const flow = await client.newWorkflow(Crate).dispatch.latched();
  const crate = client.getWorkflowById(Crate, flow.workflowId);
  await until(crate.unlatch());
  expect(await until(flow.result())).toBe("unlatched");
});
