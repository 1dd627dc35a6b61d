import { expect } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import {
  TaskFailedError,
  TaskTimedOutError,
  WorkflowTimedOutError,
} from "../../lib/core/values/remote-errors.ts";
import { fixedDelay } from "../../lib/core/values/retry.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import { serviceOf, type TestService } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

interface Slow {
  /** Stops when its signal fires, and says so. */
  obey(): Promise<string>;
  /** Never ends by itself in its first attempt. */
  ignore(): Promise<string>;
  /** Gives its retry sequence; takes a second in the first. */
  sequence(): Promise<number>;
}
const Slow = defineService<Slow>("Slow");

/** Attempts whose signal fired. */
const aborted: number[] = [];

function slowOn(clock: Clock): TestService {
  const slow: Slow = {
    async obey() {
      const { attempt, signal } = taskContext();
      await clock.sleep(60_000, signal).catch(() => aborted.push(attempt));
      signal.throwIfAborted();
      return "slept";
    },
    async ignore() {
      const { attempt } = taskContext();
      if (attempt === 0) await clock.sleep(3_600_000);
      return `attempt ${attempt}`;
    },
    async sequence() {
      const { sequence } = taskContext();
      if (sequence === 0) await clock.sleep(1_000);
      return sequence;
    },
  };
  return serviceOf(Slow, slow, { timeout: "2s", retry: fixedDelay("1s", { maxRetries: 1 }) });
}

interface Timeouts {
  rest(ms: number): Promise<string>;
  child(ms: number): Promise<string>;
  childCaught(ms: number): Promise<string>;
  task(ms: number): Promise<string>;
  taskCaught(ms: number): Promise<string>;
  obedient(): Promise<string>;
  ignorant(): Promise<string>;
  sequence(): Promise<number>;
}
const Timeouts = defineWorkflow<Timeouts>("Timeouts");

class TimeoutsV1 extends Workflow implements Timeouts {
  #child = newWorkflow(Timeouts, { timeout: "1s" });
  #texts = newService(Texts, { timeout: "1s" });
  #slow = newService(Slow);

  async rest(ms: number): Promise<string> {
    await timer(ms);
    return "rested";
  }

  async child(ms: number): Promise<string> {
    return this.#child.rest(ms);
  }

  async childCaught(ms: number): Promise<string> {
    try {
      return await this.#child.rest(ms);
    } catch (error) {
      if (error instanceof WorkflowTimedOutError) return `no ${error.method} within the timeout`;
      throw error;
    }
  }

  async task(ms: number): Promise<string> {
    return this.#texts.later("text", ms);
  }

  async taskCaught(ms: number): Promise<string> {
    try {
      return await this.#texts.later("text", ms);
    } catch (error) {
      if (error instanceof TaskTimedOutError) return this.#texts.reverse("ko");
      throw error;
    }
  }

  async obedient(): Promise<string> {
    try {
      return await this.#slow.obey();
    } catch (error) {
      if (error instanceof TaskFailedError && error.cause instanceof Error) return error.cause.name;
      throw error;
    }
  }

  async ignorant(): Promise<string> {
    return this.#slow.ignore();
  }

  async sequence(): Promise<number> {
    return newService(Slow, { timeout: "500ms" }).sequence();
  }
}

const childTimedOut = {
  name: "WorkflowFailedError",
  cause: { name: "WorkflowTimedOutError", workflow: "Timeouts", method: "rest" },
};

const scenario = scenariosWith({
  workflows: [workflowOf(Timeouts, TimeoutsV1)],
  services: (clock) => [slowOn(clock)],
});

scenario(
  "TMO-01 a child over its 1 s timeout: the parent fails with WorkflowTimedOutError",
  async ({ client, until }) => {
    await expect(until(client.newWorkflow(Timeouts).child(5_000))).rejects.toMatchObject(childTimedOut);
  },
);

scenario(
  "TMO-02 a client's wait over its timeout: WorkflowTimedOutError, and the instance goes on",
  async ({ client, until }) => {
    const flow = await client.newWorkflow(Timeouts).dispatch.rest(5_000);
    const outcome = until(flow.result({ timeout: "1s" }));
    await expect(outcome).rejects.toBeInstanceOf(WorkflowTimedOutError);
    await expect(outcome).rejects.toMatchObject({ workflow: "Timeouts", method: "rest" });
    expect(await until(flow.result())).toBe("rested");
  },
);

scenario("TMO-03 under its timeout, the client gets the value", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Timeouts, { timeout: "5s" }).rest(1_000))).toBe("rested");
});

scenario("TMO-04 a child under its timeout", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Timeouts).child(500))).toBe("rested");
});

scenario("TMO-05 a child's timeout is caught in the parent", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Timeouts).childCaught(5_000))).toBe("no rest within the timeout");
});

scenario(
  "TMO-06 a child that completes after its timeout lets the failed parent resume; who waits again gets the value",
  async ({ client, until, clock }) => {
    const flow = await client.newWorkflow(Timeouts).dispatch.child(5_000);
    await expect(until(flow.result())).rejects.toMatchObject(childTimedOut);
    await until(clock.sleep(5_000));
    expect(await until(flow.result())).toBe("rested");
  },
);

scenario("TMO-07 † a task over its overall timeout: TaskTimedOutError", async ({ client, until }) => {
  await expect(until(client.newWorkflow(Timeouts).task(3_000))).rejects.toMatchObject({
    cause: { name: "TaskTimedOutError", service: "Texts", method: "later" },
  });
});

scenario("TMO-08 a task under its overall timeout", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Timeouts).task(500))).toBe("text");
});

scenario(
  "TMO-09 a task over its attempt timeout sees its signal fire, then fails",
  async ({ client, until }) => {
    aborted.length = 0;
    expect(await until(client.newWorkflow(Timeouts).obedient())).toBe("AttemptTimedOutError");
    expect(aborted).toEqual([0, 1]);
  },
);

scenario(
  "TMO-10 a task that ignores the signal is abandoned, and the attempt counts as failed",
  async ({ client, until }) => {
    expect(await until(client.newWorkflow(Timeouts).ignorant())).toBe("attempt 1");
  },
);

scenario("TMO-11 a timed-out task is caught, then a normal one", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Timeouts).taskCaught(3_000))).toBe("ok");
});

scenario(
  "TMO-12 a timed-out task is retried and resumes; its retry sequence is 1",
  async ({ client, until, clock }) => {
    const flow = await client.newWorkflow(Timeouts, { id: "t" }).dispatch.sequence();
    await expect(until(flow.result())).rejects.toMatchObject({ cause: { name: "TaskTimedOutError" } });
    await client.getWorkflowById(Timeouts, "t").retryTasks({ status: "timedOut" });
    await until(clock.sleep(500));
    expect(await until(flow.result())).toBe(1);
  },
);
