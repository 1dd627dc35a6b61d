import { expect } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { ExecuteTaskMessage, InstanceMessage } from "../../lib/core/protocol/messages.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { Correspondence, Deliveries } from "./deliveries.ts";
import { type Stage, scenariosWith } from "./scenario.ts";

interface Desk {
  /** Notes that it runs. */
  work(): Promise<string>;
}
const Desk = defineService<Desk>("Desk");
/** Nobody runs its tasks: what they come to is told by message. */
const Elsewhere = defineService<Desk>("Elsewhere");

interface Stay {
  wait(): Promise<readonly string[]>;
  desk(): Promise<string>;
  elsewhere(): Promise<string>;
  rest(): Promise<string>;
  child(): Promise<string>;
  readonly word: Channel<string>;
}
const Stay = defineWorkflow<Stay>("Stay");

class StayV1 extends Workflow implements Stay {
  readonly word = channel<string>();

  async wait(): Promise<readonly string[]> {
    return [await this.word.receive(), await this.word.receive()];
  }
  async desk(): Promise<string> {
    return newService(Desk).work();
  }
  async elsewhere(): Promise<string> {
    return newService(Elsewhere).work();
  }
  async rest(): Promise<string> {
    await timer("300d");
    return "rested";
  }
  async child(): Promise<string> {
    return newWorkflow(Stay).elsewhere();
  }
}

const executions: string[] = [];
const work = async (): Promise<string> => {
  executions.push(taskContext().taskId);
  return "worked";
};

const deliveries = new Deliveries();
const scenario = scenariosWith({
  workflows: [workflowOf(Stay, StayV1)],
  services: () => [serviceOf(Desk, { work })],
  wrap: deliveries.wrap,
});
const at = (stage: Stage): Correspondence => new Correspondence(deliveries, stage, Stay.name);

/** The first message of a kind that a delivery sent. */
function sentBy<M>({ sent }: { readonly sent: readonly { readonly payload: string }[] }, kind: string): M {
  const messages = sent.map(({ payload }) => JSON.parse(payload) as { readonly kind: string });
  return messages.find((message) => message.kind === kind) as M;
}

const FAILURE = { name: "RangeError", message: "no" };
const DAY_MS = 86_400_000;

scenario("EXA-01 † start, delivered twice: one instance, and both send the same", async (stage) => {
  const stay = at(stage);
  const message = stay.message({ kind: "start", id: stay.run, method: "elsewhere", args: [] });
  const first = await stay.deliver(message);
  expect(first.kinds).toEqual(["execute-task"]);
  const then = await stay.stored();
  expect(await stay.deliver(message)).toEqual(first);
  expect(await stay.stored()).toEqual(then);
  const other = await stay.send({ kind: "start", id: "other", method: "wait", args: [] });
  expect(other.kinds).toEqual([]);
  expect(await stay.stored()).toEqual(then);
});

scenario("EXA-01 † start, older than the retention, without its instance: it is parked", async (stage) => {
  const stay = at(stage);
  const old = { ...stay.message({ kind: "start", id: stay.run, method: "wait", args: [] }) };
  const first = await stay.deliver({ ...old, at: stage.clock.now() - 40 * DAY_MS });
  expect(first.parked).toMatchObject([{ code: "MESSAGE_TOO_OLD" }]);
  expect((await stay.stored()).token).toBeUndefined();
});

scenario(
  "EXA-01 † start, after the end: ignored, but of a custom id it begins another run",
  async (stage) => {
    const stay = at(stage);
    await stay.start("wait", { customId: "c" });
    await stay.cancel();
    const ended = await stay.stored();
    for (const id of [stay.run, "other"]) {
      const late = await stay.send({ kind: "start", id, method: "wait", args: [] });
      expect(late).toMatchObject({ kinds: [], parked: [], failures: [] });
      expect(await stay.stored()).toEqual(ended);
    }
    const again = { kind: "start", id: "second", method: "elsewhere", args: [], customId: "c" };
    let begun = await stay.send(again);
    // What the ended run had to say goes first.
    while (begun.failures.length > 0 || begun.kinds.length === 0) begun = await stay.send(again);
    expect((await stay.stored()).history[0]).toMatchObject({ kind: "instance-started", run: "second" });
    const first = await stay.start("wait", { customId: "c" });
    expect(first.kinds).toEqual([]);
    expect((await stay.stored()).history[0]).toMatchObject({ run: "second" });
  },
);

scenario("EXA-05 † task-completed counts whatever its retry sequence", async (stage) => {
  const stay = at(stage);
  await stay.start("elsewhere");
  const reply = { command: "0.0", sequence: 0, attempt: 0 };
  await stay.send({ kind: "attempt-failed", id: "f", ...reply, failure: FAILURE });
  const retried = await stay.send({ kind: "retry-tasks", id: "again" });
  expect(sentBy<ExecuteTaskMessage>(retried, "execute-task")).toMatchObject({ sequence: 1 });
  await stay.send({ kind: "task-completed", id: "of the first sequence", command: "0.0", value: "late" });
  expect((await stay.stored()).history.at(-1)).toMatchObject({ kind: "method-completed", value: "late" });
});

scenario(
  "EXA-06 † attempt-failed counts only for the attempt and sequence that are running",
  async (stage) => {
    const stay = at(stage);
    await stay.start("elsewhere");
    const before = await stay.stored();
    for (const reply of [
      { sequence: 0, attempt: 1 },
      { sequence: 1, attempt: 0 },
    ]) {
      const failed = { kind: "attempt-failed", id: "f", command: "0.0", ...reply, failure: FAILURE };
      expect((await stay.send(failed)).kinds).toEqual([]);
      expect(await stay.stored()).toEqual(before);
    }
  },
);

scenario("EXA-07 † wake, twice, early, without its instance, after its end: harmless", async (stage) => {
  const stay = at(stage);
  const wake = (dueAt: number) => stay.send({ kind: "wake", id: `wake-${dueAt}`, dueAt });
  const early = stage.clock.now();
  expect((await wake(early)).kinds).toEqual([]);
  expect((await stay.stored()).token).toBeUndefined();
  await stay.start("rest");
  const { history } = await stay.stored();
  for (let time = 1; time <= 2; time += 1) await wake(early);
  expect((await stay.stored()).history).toEqual(history);
  await stay.cancel();
  const ended = await stay.stored();
  expect((await wake(early)).kinds).toEqual([]);
  expect(await stay.stored()).toEqual(ended);
});

scenario(
  "EXA-08 † child-ended, a later outcome of the same child counts, an earlier does not",
  async (stage) => {
    const stay = at(stage);
    await stay.start("child");
    const ended = (number: number, outcome: object) =>
      stay.send({ kind: "child-ended", id: "0.0", command: "0.0", number, outcome });
    await ended(1, { kind: "failed", failure: FAILURE });
    expect(await stay.count("child-ended")).toBe(1);
    await ended(2, { kind: "completed", value: "mended" });
    await ended(1, { kind: "failed", failure: FAILURE });
    expect(await stay.count("child-ended")).toBe(2);
    expect((await stay.stored()).history.at(-1)).toMatchObject({ kind: "method-completed", value: "mended" });
  },
);

scenario(
  "EXA-09 † heartbeat and result of a delegated task, without its instance or after its end: an error to the caller",
  async (stage) => {
    const stay = at(stage);
    const taskId = `${Stay.name}:${stay.key.workflowId}:${stay.run}:0.0`;
    const told = async (): Promise<readonly string[]> =>
      Promise.all([
        stage.client.heartbeat(taskId).catch(({ code }) => code),
        stage.client.completeTask(taskId, "mine").catch(({ code }) => code),
        stage.client.failTask(taskId, new Error("mine")).catch(({ code }) => code),
      ]);
    expect(await told()).toEqual(["TASK_UNKNOWN", "TASK_UNKNOWN", "TASK_UNKNOWN"]);
    await stay.start("elsewhere");
    await stay.cancel();
    expect(await told()).toEqual(["TASK_ENDED", "TASK_ENDED", "TASK_ENDED"]);
  },
);

scenario(
  "EXA-10 † by-tag, delivered twice: each instance hears it once, and both send the same",
  async (stage) => {
    const tag = crypto.randomUUID();
    const { client, until, system } = stage;
    const before = system.healthIssues.length; // other scenarios of this system leave tasks to a service that is not there
    const made = Array.from({ length: 2 }, () => client.newWorkflow(Stay, { tags: [tag] }).dispatch.wait());
    const ids = (await Promise.all(made)).map(({ workflowId }) => workflowId).toSorted();
    const stay = at(stage);
    const operation = { kind: "signal", channel: "word", value: "a" };
    const message = stay.message({ kind: "by-tag", id: crypto.randomUUID(), tag, operation });
    const first = await stay.deliver(message);
    expect(first.sent.map(({ key }) => key).toSorted()).toEqual(ids);
    expect(await stay.deliver(message)).toEqual(first);
    await client.getWorkflowByTag(Stay, tag).word.send("b");
    for (const id of ids) {
      expect(await until(client.getWorkflowById(Stay, id).result())).toEqual(["a", "b"]);
    }
    expect(system.healthIssues.slice(before)).toEqual([]);
  },
);

scenario("EXA-10 † by-tag, without any instance: nothing is sent", async (stage) => {
  const stay = at(stage);
  const operation = { kind: "cancel" };
  const message = stay.message({ kind: "by-tag", id: crypto.randomUUID(), tag: "nobody's", operation });
  expect(await stay.deliver(message)).toMatchObject({ kinds: [], parked: [], failures: [] });
});

scenario(
  "EXA-11 † execute-task, twice, without its instance, after its end: it runs again, and counts once",
  async (stage) => {
    const stay = at(stage);
    const started = await stay.start("desk");
    const task = sentBy<ExecuteTaskMessage>(started, "execute-task");
    const flow = stage.client.getWorkflowById(Stay, stay.key.workflowId);
    expect(await stage.until(flow.result())).toBe("worked");
    const ended = await stay.stored();
    const run = async (message: ExecuteTaskMessage): Promise<InstanceMessage> =>
      sentBy(await stay.deliver(message), "task-completed");
    const replies = [await run(task), await run(task)];
    expect(replies.map(({ id }) => id)).toEqual([task.taskId, task.taskId]);
    expect(executions.filter((taskId) => taskId === task.taskId)).toHaveLength(3);
    const [reply] = replies as [InstanceMessage];
    expect((await stay.deliver(reply)).kinds).toEqual([]);
    expect(await stay.stored()).toEqual(ended);
    expect(await stay.count("task-completed")).toBe(1);

    const caller = { ...task.caller, workflowId: crypto.randomUUID() };
    const orphan = await run({ ...task, caller });
    expect(await stay.deliver(orphan)).toMatchObject({ kinds: [], parked: [], failures: [] });
  },
);
