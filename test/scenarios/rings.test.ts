import { expect } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { workflowContext } from "../../lib/workflow/workflow-context.ts";
import { getWorkflowById, newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { scenariosWith } from "./scenario.ts";

interface Broken {
  now(): Promise<string>;
}
const Broken = defineService<Broken>("Broken");

/** One that waits for the next id of a ring; the last for the first. */
interface Ring {
  run(ids: readonly string[], timeouts: readonly number[]): Promise<string>;
  caught(ids: readonly string[]): Promise<string>;
  withTask(other: string): Promise<string>;
  alone(way: "id" | "caught", customId?: string): Promise<string>;
  main(): Promise<string>;
  side(): Promise<string>;
  again(): Promise<string>;
}
const Ring = defineWorkflow<Ring>("Ring");

class RingV1 extends Workflow implements Ring {
  #self = getWorkflowById(Ring, workflowContext().workflowId, { timeout: "2m" });

  async run(ids: readonly string[], timeouts: readonly number[]): Promise<string> {
    const at = ids.indexOf(workflowContext().workflowId);
    const timeout = timeouts[at] ?? 0;
    const options = { id: ids[(at + 1) % ids.length] as string, ...(timeout > 0 && { timeout }) };
    return await newWorkflow(Ring, options).run(ids, timeouts);
  }

  async caught(ids: readonly string[]): Promise<string> {
    try {
      return await this.run(ids, [60_000, 120_000]);
    } catch (error) {
      return `caught ${(error as Error).name}`;
    }
  }

  async withTask(other: string): Promise<string> {
    const { workflowId } = workflowContext();
    const waits = newWorkflow(Ring, { id: other }).withTask(workflowId);
    if (workflowId === "t1") return (await Promise.all([waits, newService(Broken).now()])).join();
    return await waits;
  }

  async alone(way: "id" | "caught", customId?: string): Promise<string> {
    const { workflowId } = workflowContext();
    const options = customId === undefined ? { id: workflowId } : { customId };
    try {
      return await newWorkflow(Ring, options).alone(way, customId);
    } catch (error) {
      if (way !== "caught") throw error;
      return (error as Error).message;
    }
  }

  async main(): Promise<string> {
    return await this.#self.side();
  }

  async side(): Promise<string> {
    return await newWorkflow(Ring, { id: workflowContext().workflowId, timeout: "4m" }).main();
  }

  async again(): Promise<string> {
    await timer("1s");
    return await this.#self.side();
  }
}

const scenario = scenariosWith({
  workflows: [workflowOf(Ring, RingV1)],
  services: () => [
    serviceOf(
      Broken,
      {
        async now() {
          throw new Error("broken");
        },
      },
      { retry: noRetry },
    ),
  ],
});

for (const [name, ids, timeouts] of [
  ["two, one with a timeout", ["a", "b"], [60_000]],
  ["two, both with the same timeout", ["a", "b"], [60_000, 60_000]],
  ["three, two with timeouts", ["a", "b", "c"], [120_000, 0, 60_000]],
  [
    "seven, all with timeouts",
    ["a", "b", "c", "d", "e", "f", "g"],
    [7, 6, 5, 4, 3, 2, 1].map((n) => n * 60_000),
  ],
] as const) {
  scenario(`EDG-42 a ring of ${name} comes to an end`, async ({ client, clock, until }) => {
    const first = await client.newWorkflow(Ring, { id: "a" }).dispatch.run(ids, timeouts);
    await expect(until(first.result())).rejects.toMatchObject({ name: "WorkflowFailedError" });
    await until(clock.sleep(300_000));
    const lengths = async () =>
      Promise.all(ids.map(async (id) => (await client.getWorkflowById(Ring, id).history()).records.length));
    expect(Math.max(...(await until(lengths())))).toBeLessThan(12);
  });
}

scenario(
  "EDG-42 a ring in which one catches the failure ends with what that gives",
  async ({ client, until }) => {
    const flow = await client.newWorkflow(Ring, { id: "a" }).dispatch.caught(["a", "b"]);
    expect(await until(flow.result())).toBe("caught WorkflowTimedOutError");
  },
);

scenario(
  "EDG-42 a ring without timeouts fails once, by a task of one of them",
  async ({ client, clock, until }) => {
    const flow = await client.newWorkflow(Ring, { id: "t1" }).dispatch.withTask("t2");
    await expect(until(flow.result())).rejects.toMatchObject({ name: "WorkflowFailedError" });
    await until(clock.sleep(300_000));
    const { records } = await until(client.getWorkflowById(Ring, "t1").history());
    expect(records.length).toBeLessThan(15);
  },
);

scenario("EDG-42 waiting for oneself is refused", async ({ client, until }) => {
  const alone = client.newWorkflow(Ring, { id: "x" }).alone("id");
  const message = "expected method alone to wait for another instance, got its own: Ring x";
  await expect(until(alone)).rejects.toMatchObject({ cause: { name: "InvalidOptionError", message } });
  const custom = client.newWorkflow(Ring, { customId: "y" }).alone("id", "y");
  await expect(until(custom)).rejects.toMatchObject({ cause: { name: "InvalidOptionError" } });
  expect(await until(client.newWorkflow(Ring, { id: "z" }).alone("caught"))).toContain("got its own: Ring z");
});

scenario(
  "EDG-42 methods of one instance that wait for each other come to an end",
  async ({ client, clock, until }) => {
    for (const method of ["main", "again"] as const) {
      const flow = await client.newWorkflow(Ring, { id: method }).dispatch[method]();
      await expect(until(flow.result())).rejects.toMatchObject({ cause: { name: "WorkflowTimedOutError" } });
      await until(clock.sleep(300_000));
      const { records } = await until(client.getWorkflowById(Ring, method).history());
      expect(records.length).toBeLessThan(20);
    }
  },
);
