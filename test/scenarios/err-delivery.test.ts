import { expect } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Query } from "../../lib/runtime/query.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { NonRetryableError } from "../../lib/service/non-retryable-error.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { workflowContext } from "../../lib/workflow/workflow-context.ts";
import { getWorkflowById, newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

interface CleanUps {
  undo(text: string): Promise<string>;
  /** Fails until it was mended. */
  flush(): Promise<string>;
}
const CleanUps = defineService<CleanUps>("CleanUps");

interface Deliveries {
  finallyProperty(): Promise<string>;
  finallyTask(): Promise<string>;
  compensated(): Promise<string>;
  compensatedChild(): Promise<string>;
  heldInAll(): Promise<readonly string[]>;
  rest(ms: number): Promise<string>;
  rejectedAll(): Promise<string>;
  rejectedHelper(): Promise<string>;
  rejectedHelperAwaited(): Promise<string>;
  digest(text: string): Promise<number>;
  digestInline(text: string): Promise<number>;
  readonly phase: Query<() => string>;
}
const Deliveries = defineWorkflow<Deliveries>("Deliveries");

class DeliveriesV1 extends Workflow implements Deliveries {
  #texts = newService(Texts);
  #cleanUps = newService(CleanUps);
  #impatient = newWorkflow(Deliveries, { timeout: "1s" });
  #self = getWorkflowById(Deliveries, workflowContext().workflowId);
  #phase = "new";
  readonly phase = query(() => this.#phase);

  async finallyProperty(): Promise<string> {
    this.#phase = "flushing";
    try {
      return await this.#cleanUps.flush();
    } finally {
      this.#phase = "over";
    }
  }

  async finallyTask(): Promise<string> {
    try {
      return await this.#texts.fail("no text");
    } finally {
      await this.#cleanUps.undo("finally");
    }
  }

  async compensated(): Promise<string> {
    try {
      return await this.#texts.fail("no text");
    } catch (error) {
      await this.#cleanUps.undo("catch");
      throw error;
    }
  }

  async compensatedChild(): Promise<string> {
    try {
      return await this.#impatient.rest(5_000);
    } catch (error) {
      await this.#cleanUps.undo("late child");
      throw error;
    }
  }

  async heldInAll(): Promise<readonly string[]> {
    return Promise.all([this.#impatient.rest(5_000), this.#self.rest(3_000)]);
  }

  async rest(ms: number): Promise<string> {
    await timer(ms);
    return `rested ${ms} ms`;
  }

  async rejectedAll(): Promise<string> {
    const all = Promise.all([this.#texts.fail("no text"), this.#texts.reverse("ab")]);
    await timer("1s");
    return all.then(
      () => "fulfilled",
      (error) => error.name,
    );
  }

  async rejectedHelper(): Promise<string> {
    void this.#stumble();
    await timer("1s");
    return this.#texts.concat("o", "k");
  }

  async rejectedHelperAwaited(): Promise<string> {
    const helper = this.#stumble();
    await timer("1s");
    return helper.catch((error) => error.message);
  }

  async digest(text: string): Promise<number> {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return hash.byteLength;
  }

  async digestInline(text: string): Promise<number> {
    return inline(() => this.#size(text));
  }

  async #size(text: string): Promise<number> {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return hash.byteLength;
  }

  async #stumble(): Promise<never> {
    throw new RangeError("stumbled");
  }
}

/** What was undone, as it was. */
const undone: string[] = [];
/** Whether a flush works. */
const pipe = { isMended: false };

const scenario = scenariosWith({
  workflows: [workflowOf(Deliveries, DeliveriesV1)],
  services: () => [
    serviceOf(CleanUps, {
      async undo(text) {
        undone.push(text);
        return text;
      },
      async flush() {
        if (pipe.isMended) return "flushed";
        throw new NonRetryableError("the pipe is clogged");
      },
    }),
  ],
});

scenario(
  "ERR-25 a finally that changes a property and issues no command: after the retry the method resumes, as if nothing had been delivered",
  async ({ client, until, clock }) => {
    pipe.isMended = false;
    const flow = await client.newWorkflow(Deliveries, { id: "d" }).dispatch.finallyProperty();
    await expect(until(flow.result())).rejects.toMatchObject({ cause: { name: "TaskFailedError" } });
    const deliveries = client.getWorkflowById(Deliveries, "d");
    expect(await deliveries.query.phase()).toBe("flushing");
    expect(await until(deliveries.rest(1_000))).toBe("rested 1000 ms");
    expect(await deliveries.query.phase()).toBe("flushing");

    pipe.isMended = true;
    await deliveries.retryTasks({ status: "failed" });
    await until(clock.sleep(1_000));
    expect(await until(flow.result())).toBe("flushed");
    expect(await deliveries.query.phase()).toBe("over");
  },
);

scenario(
  "ERR-26 a finally that awaits a task: the failure stands, and the task runs once",
  async ({ client, until, clock }) => {
    undone.length = 0;
    const flow = await client.newWorkflow(Deliveries, { id: "d" }).dispatch.finallyTask();
    await expect(until(flow.result())).rejects.toMatchObject({ cause: { name: "TaskFailedError" } });
    await until(clock.sleep(60_000));
    expect(undone).toEqual(["finally"]);
    expect(await client.getWorkflowById(Deliveries, "d").describe()).toMatchObject({ status: "failed" });
  },
);

scenario(
  "ERR-27 caught, compensated and thrown again: the compensation runs once",
  async ({ client, until, clock }) => {
    undone.length = 0;
    const flow = await client.newWorkflow(Deliveries, { id: "d" }).dispatch.compensated();
    await expect(until(flow.result())).rejects.toMatchObject({ cause: { name: "TaskFailedError" } });
    await until(clock.sleep(60_000));
    expect(undone).toEqual(["catch"]);
  },
);

scenario(
  "ERR-27 the method is failed for good: a late outcome does not resume it",
  async ({ client, until, clock }) => {
    undone.length = 0;
    const flow = await client.newWorkflow(Deliveries, { id: "d" }).dispatch.compensatedChild();
    await expect(until(flow.result())).rejects.toMatchObject({ cause: { name: "WorkflowTimedOutError" } });
    await until(clock.sleep(60_000)); // the child has completed
    await expect(until(flow.result())).rejects.toMatchObject({ cause: { name: "WorkflowTimedOutError" } });
    expect(undone).toEqual(["late child"]);
  },
);

scenario(
  "ERR-28 held inside a Promise.all, while a parallel branch goes on",
  async ({ client, until, clock }) => {
    const flow = await client.newWorkflow(Deliveries, { id: "d" }).dispatch.heldInAll();
    await expect(until(flow.result())).rejects.toMatchObject({ cause: { name: "WorkflowTimedOutError" } });
    await until(clock.sleep(2_500));
    const { methods } = await client.getWorkflowById(Deliveries, "d").describe();
    expect(methods).toMatchObject([
      { name: "heldInAll", status: "failed" },
      { name: "rest", status: "completed" },
    ]);
    await until(clock.sleep(2_500)); // the child's late result resumes the method
    expect(await until(flow.result())).toEqual(["rested 5000 ms", "rested 3000 ms"]);
  },
);

scenario(
  "ERR-29 rejections that nobody awaits yet harm neither the method nor a neighbour",
  async ({ client, until }) => {
    const flows = client.newWorkflow(Deliveries);
    const results = await until(
      Promise.all([
        flows.rejectedAll(),
        flows.rest(1_000),
        flows.rejectedHelper(),
        flows.rest(1_000),
        flows.rejectedHelperAwaited(),
      ]),
    );
    expect(results).toEqual(["TaskFailedError", "rested 1000 ms", "ok", "rested 1000 ms", "stumbled"]);
  },
);

scenario(
  "ERR-30 awaiting crypto.subtle.digest in workflow code: ForeignAwaitError names the method",
  async ({ client, until }) => {
    await expect(until(client.newWorkflow(Deliveries).digest("text"))).rejects.toMatchObject({
      cause: { name: "ForeignAwaitError", message: expect.stringContaining("method digest") },
    });
  },
);

scenario("ERR-30 inside an inline task it works", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Deliveries).digestInline("text"))).toBe(32);
});
