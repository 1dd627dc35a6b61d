import { beforeEach, expect } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { TaskFailedError } from "../../lib/core/values/remote-errors.ts";
import { exponentialBackoff } from "../../lib/core/values/retry.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { scenariosWith } from "./scenario.ts";

interface Letters {
  send(to: string): Promise<string>;
}
const Letters = defineService<Letters>("Letters");

class LostError extends Error {
  override readonly name = "LostError";
}
class StruckError extends Error {
  override readonly name = "StruckError";
}

type Batch = ReadonlyMap<string, readonly [to: string]>;
type Sent = Map<string, string | Error>;

/** Who was in each batch, in order. */
const batches: string[][] = [];
/** How the post goes wrong; set by each scenario. */
let post: (sent: Sent, tasks: Batch) => void;
beforeEach(() => void batches.splice(0));

const letters = serviceOf(
  Letters,
  { send: async () => "sent alone" },
  {
    retry: exponentialBackoff({ minDelay: "1s", jitter: 0, maxRetries: 2, nonRetryable: ["StruckError"] }),
    batched: {
      send: async (tasks) => {
        batches.push([...tasks].map(([id, [to]]) => `${to}${taskContext(id).attempt}`));
        const sent: Sent = new Map([...tasks].map(([taskId, [to]]) => [taskId, `sent to ${to}`]));
        post(sent, tasks);
        return sent;
      },
    },
  },
  { batchSize: 3, linger: 10 },
);

interface Mailing {
  /** Gives for each letter what became of it. */
  send(to: readonly string[]): Promise<readonly string[]>;
}
const Mailing = defineWorkflow<Mailing>("Mailing");

class MailingV1 extends Workflow implements Mailing {
  readonly #letters = newService(Letters);

  async send(to: readonly string[]): Promise<readonly string[]> {
    const sent = await Promise.allSettled(to.map((one) => this.#letters.send(one)));
    return sent.map((one) => (one.status === "fulfilled" ? one.value : causeOf(one.reason)));
  }
}

function causeOf(reason: unknown): string {
  return reason instanceof TaskFailedError && reason.cause instanceof Error ? reason.cause.name : "?";
}

const scenario = scenariosWith({
  workflows: [workflowOf(Mailing, MailingV1)],
  services: () => [letters],
});

const abc = ["a", "b", "c"];
const allSent = ["sent to a", "sent to b", "sent to c"];

/** Does something to the tasks of a batch that are for somebody. */
const toEach = (tasks: Batch, name: string, act: (taskId: string) => void): void => {
  for (const [taskId, [to]] of tasks) if (to === name) act(taskId);
};

scenario(
  "BAT-12 an error retries each task of the batch, until its policy gives up",
  async ({ client, until }) => {
    post = () => {
      throw new LostError();
    };
    const results = await until(client.newWorkflow(Mailing).send(abc));
    expect(results).toEqual(["LostError", "LostError", "LostError"]);
    expect(batches).toEqual([
      ["a0", "b0", "c0"],
      ["a1", "b1", "c1"],
      ["a2", "b2", "c2"],
    ]);
  },
);

scenario(
  "BAT-12 an error that the policy does not retry fails each task of the batch",
  async ({ client, until }) => {
    post = () => {
      throw new StruckError();
    };
    const results = await until(client.newWorkflow(Mailing).send(abc));
    expect(results).toEqual(["StruckError", "StruckError", "StruckError"]);
    expect(batches).toHaveLength(1);
  },
);

scenario(
  "BAT-12 tasks of a batch that fails once complete, each with its own result",
  async ({ client, until }) => {
    post = (_sent, tasks) => {
      for (const taskId of tasks.keys()) if (taskContext(taskId).attempt === 0) throw new LostError();
    };
    expect(await until(client.newWorkflow(Mailing).send(abc))).toEqual(allSent);
  },
);

scenario("BAT-12 a task whose result is an Error is retried alone", async ({ client, until }) => {
  post = (sent, tasks) =>
    toEach(tasks, "b", (id) => {
      if (taskContext(id).attempt === 0) sent.set(id, new LostError());
    });
  expect(await until(client.newWorkflow(Mailing).send(abc))).toEqual(allSent);
  expect(batches).toEqual([["a0", "b0", "c0"], ["b1"]]);
});

scenario(
  "BAT-12 a task whose result is an Error that is not retried fails alone",
  async ({ client, until }) => {
    post = (sent, tasks) => toEach(tasks, "b", (id) => sent.set(id, new StruckError()));
    const results = await until(client.newWorkflow(Mailing).send(abc));
    expect(results).toEqual(["sent to a", "StruckError", "sent to c"]);
    expect(batches).toHaveLength(1);
  },
);

scenario(
  "BAT-12 a task that is missing in the answer is retried, and fails, alone",
  async ({ client, until }) => {
    post = (sent, tasks) => toEach(tasks, "c", (id) => sent.delete(id));
    const results = await until(client.newWorkflow(Mailing).send(abc));
    expect(results).toEqual(["sent to a", "sent to b", "InvalidBatchResultError"]);
    expect(batches).toEqual([["a0", "b0", "c0"], ["c1"], ["c2"]]);
  },
);

scenario("BAT-12 an id that nobody asked for does no harm", async ({ client, until, system }) => {
  post = (sent) => sent.set("Mailing:nobody:r:0.0", "sent to nobody");
  expect(await until(client.newWorkflow(Mailing).send(abc))).toEqual(allSent);
  expect(system.healthIssues).toEqual([]);
});
