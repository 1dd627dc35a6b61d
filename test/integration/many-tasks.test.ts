import { describe, expect, inject, it } from "vitest";
import { encodeState } from "../../lib/adapters/dynamodb/state-item.ts";
import { itemBytes } from "../../lib/adapters/dynamodb/stored-item.ts";
import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { type EngineStores, workflowHandler } from "../../lib/engine/workflow-handler.ts";
import type { StateStore } from "../../lib/ports/state-store.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { newTable } from "./grounds.ts";

const TASKS = 5_000;
/** For a busy machine: alone it takes seconds in memory, and a quarter of a minute in DynamoDB Local. */
const TIMEOUT_MS = 300_000;

interface Desk {
  work(item: number): number;
}
const Desk = defineService<Desk>("Desk");

interface Line {
  run(tasks: number): Promise<number>;
}
const Line = defineWorkflow<Line>("Line");

class LineV1 extends Workflow implements Line {
  private readonly desk = newService(Desk);

  async run(tasks: number): Promise<number> {
    let done = 0;
    while (done < tasks) done = await this.desk.work(done);
    return done;
  }
}

interface Fan {
  run(tasks: number): Promise<number>;
}
const Fan = defineWorkflow<Fan>("Fan");

class FanV1 extends Workflow implements Fan {
  private readonly desk = newService(Desk);

  async run(tasks: number): Promise<number> {
    const items = Array.from({ length: tasks }, (_, item) => this.desk.work(item));
    return new Set(await Promise.all(items)).size;
  }
}

const SHAPES = {
  sequential: { definition: Line, workflow: workflowOf(Line, LineV1) },
  parallel: { definition: Fan, workflow: workflowOf(Fan, FanV1) },
};

/** How many invocations a sandbox serves: the next one has to read the history and replay it. */
const SANDBOX_INVOCATIONS = 500;

/** What was written for an instance. */
class Cost {
  writeUnits = 0;
  largestItem = 0;
  chunks = 0;

  /** Adds up write units, those of chunks included, and notes the largest state item that was ever committed. */
  observe(store: StateStore): StateStore {
    return {
      load: (key) => store.load(key),
      loadChunks: (key, run) => store.loadChunks(key, run),
      deleteRun: (key, run) => store.deleteRun(key, run),
      commit: async (key, next, expected) => {
        const result = await store.commit(key, next, expected);
        this.writeUnits += result.writeUnits;
        this.largestItem = Math.max(this.largestItem, itemBytes(encodeState(key, next)));
        return result;
      },
      putChunk: async (key, chunk) => {
        const consumed = await store.putChunk(key, chunk);
        this.writeUnits += consumed.writeUnits;
        this.chunks += 1;
        return consumed;
      },
    };
  }
}

/** Runs an instance, started and awaited through the client; each outcome of a task is a commit of its own. */
async function run({ definition, workflow }: (typeof SHAPES)[keyof typeof SHAPES], stores: EngineStores) {
  const cost = new Cost();
  const parts = {
    ...stores,
    stateStore: cost.observe(stores.stateStore),
    clock: systemClock,
    broker: new MemoryBroker(),
  };
  let invocations = 0;
  let sandbox: Handler | undefined;
  const system = new TestSystem({
    parts,
    workflows: [workflow],
    services: [serviceOf(Desk, { work: (item) => item + 1 })],
    batchSize: 1,
    wrap: (name, handler) => (event, context) => {
      if (name !== `workflow-${definition.name}`) return handler(event, context);
      if (invocations++ % SANDBOX_INVOCATIONS === 0) {
        sandbox = workflowHandler({ ...workflow, ...parts }) as Handler;
      }
      return sandbox?.(event, context);
    },
  });
  await system.start();
  const instance = await system.client.newWorkflow(definition, { id: "many" }).dispatch.run(TASKS);
  const result = await instance.result();
  await system.close();
  return { result, healthIssues: system.healthIssues, cost };
}

describe.each(["sequential", "parallel"] as const)(`EXA-22 an instance with ${TASKS} %s tasks`, (shape) => {
  const expectCheap = ({ result, healthIssues, cost }: Awaited<ReturnType<typeof run>>): void => {
    expect(result).toBe(TASKS);
    expect(healthIssues).toEqual([]);
    expect(cost.chunks).toBeGreaterThan(0);
    expect(cost.largestItem).toBeLessThan(16 * 1024);
    expect(cost.writeUnits / TASKS).toBeLessThanOrEqual(2);
  };

  it("completes with a state item under 16 KB and at most 2 write units a task, in memory", {
    timeout: TIMEOUT_MS,
  }, async () => {
    expectCheap(await run(SHAPES[shape], memoryStores({ clock: systemClock })));
  });

  const dynamodb = inject("dynamodb");
  it.runIf(dynamodb)(
    "does so by the capacity that DynamoDB Local reports",
    { timeout: TIMEOUT_MS },
    async () => {
      expectCheap(await run(SHAPES[shape], await newTable({ endpoint: dynamodb?.endpoint ?? "" })));
    },
  );
});
