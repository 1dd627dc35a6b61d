import { expect } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Json } from "../../lib/core/values/json.ts";
import { fixedDelay } from "../../lib/core/values/retry.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { workflowContext } from "../../lib/workflow/workflow-context.ts";
import { scenariosWith } from "./scenario.ts";

interface Reporter {
  /** Tells of its second attempt: the first fails. */
  report(): Promise<{ readonly [fact: string]: Json }>;
  /** Counts its attempts in meta, and gives the count at the third. */
  count(): Promise<number>;
}
const Reporter = defineService<Reporter>("Reporter");

const reporter: Reporter = {
  async report() {
    const { taskId, workflow, tags, meta, attempt, sequence, lastFailure, remainingMs } = taskContext();
    if (attempt === 0) throw new RangeError("not yet");
    const last = lastFailure?.message ?? "";
    return { taskId, workflow, tags, meta: { ...meta }, attempt, sequence, last, remainingMs: remainingMs() };
  },
  async count() {
    const { meta } = taskContext();
    const count = Number(meta["count"] ?? 0) + 1;
    meta["count"] = count;
    if (count < 3) throw new RangeError("not yet");
    return count;
  },
};

interface Facts {
  id(): Promise<string>;
  tags(): Promise<readonly string[]>;
  meta(): Promise<unknown>;
  report(): Promise<unknown>;
  count(): Promise<number>;
}
const Facts = defineWorkflow<Facts>("Facts");

class FactsV1 extends Workflow implements Facts {
  readonly #id = workflowContext().workflowId;
  readonly #tags = workflowContext().tags;
  readonly #meta = workflowContext().meta;
  #reporter = newService(Reporter, { tags: ["urgent"], meta: { by: "me" } });

  async id(): Promise<string> {
    return this.#id;
  }

  async tags(): Promise<readonly string[]> {
    return this.#tags;
  }

  async meta(): Promise<unknown> {
    return this.#meta;
  }

  async report(): Promise<unknown> {
    return this.#reporter.report();
  }

  async count(): Promise<number> {
    return this.#reporter.count();
  }
}

const scenario = scenariosWith({
  workflows: [workflowOf(Facts, FactsV1)],
  services: () => [serviceOf(Reporter, reporter, { timeout: "10s", retry: fixedDelay("1s") })],
});

scenario("CTX-01 the workflow id is readable in field initialisers", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Facts, { id: "f-1" }).id())).toBe("f-1");
});

scenario("CTX-02 so are the tags", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Facts, { tags: ["vip", "eu"] }).tags())).toEqual(["vip", "eu"]);
});

scenario("CTX-03 so is the meta", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Facts, { meta: { by: "me" } }).meta())).toEqual({ by: "me" });
});

scenario(
  "CTX-04 the task's context tells of its workflow, tags, meta, attempt and time",
  async ({ client, until }) => {
    expect(await until(client.newWorkflow(Facts, { id: "f-1" }).report())).toEqual({
      taskId: expect.stringMatching(/^Facts:f-1:[^:]+:0\.0$/),
      workflow: { name: "Facts", id: "f-1" },
      tags: ["urgent"],
      meta: { by: "me" },
      attempt: 1,
      sequence: 0,
      last: "not yet",
      remainingMs: 10_000,
    });
  },
);

scenario("CTX-05 meta written by an attempt is seen by the next", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Facts).count())).toBe(3);
});
