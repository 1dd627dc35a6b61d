import { expect, vi } from "vitest";
import { InfiniticClient } from "../../lib/client/client.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import { ROUTES } from "../../lib/http/routes.ts";
import { serviceFunction } from "../../lib/lambda/service-function.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Query } from "../../lib/runtime/query.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

interface Phases {
  run(): Promise<string>;
  rest(): Promise<void>;
  readonly words: Channel<string>;
  readonly notes: Channel<string>;
  readonly phase: Query<(prefix?: string) => string>;
  readonly impure: Query<() => string>;
}
const Phases = defineWorkflow<Phases>("Phases");

class PhasesV1 extends Workflow implements Phases {
  readonly words = channel<string>();
  readonly notes = channel<string>();
  #texts = newService(Texts);
  #phase = "new";
  readonly phase = query((prefix = "") => prefix + this.#phase);
  readonly impure = query(() => this.#texts.reverse("ab").id);

  async run(): Promise<string> {
    this.#phase = "waiting";
    const word = await this.words.receive();
    this.#phase = `got ${word}`;
    if (word === "fail") return this.#texts.fail("no text");
    return this.#texts.reverse(word);
  }

  async rest(): Promise<void> {
    await timer("1h");
  }
}

interface Desk {
  /** Somebody at the desk answers. */
  ask(question: string): Promise<string>;
  /** Fails until its second retry by hand. */
  insist(question: string): Promise<string>;
}
const Desk = defineService<Desk>("Desk");

/** What was asked at the desk. */
const asked: string[] = [];

const scenario = scenariosWith({
  workflows: [workflowOf(Phases, PhasesV1)],
  services: () => [
    serviceOf(
      Desk,
      {
        async ask(question) {
          asked.push(question);
          return "ignored";
        },
        async insist(question) {
          asked.push(question);
          const { sequence } = taskContext();
          if (sequence < 2) throw new RangeError(`not now: ${sequence}`);
          return question;
        },
      },
      { retry: noRetry, delegated: { ask: true } },
    ),
  ],
});

scenario(
  "QRY-01 a running, a failed and a completed instance are queried without a message, a write or an event",
  async ({ client, until, clock, system }) => {
    const { broker, stateStore } = system.parts;
    const words = { running: "", failed: "fail", completed: "abc" };
    for (const [id, word] of Object.entries(words)) {
      await client.newWorkflow(Phases, { id }).dispatch.run();
      if (word !== "") await client.getWorkflowById(Phases, id).words.send(word);
    }
    await until(clock.sleep(1_000));
    const publish = vi.spyOn(broker, "publish");
    const commit = vi.spyOn(stateStore, "commit");

    for (const [id, word] of Object.entries(words)) {
      const phases = client.getWorkflowById(Phases, id);
      const before = await phases.history();
      expect(await phases.describe()).toMatchObject({ status: id });
      expect(await phases.query.phase("now ")).toBe(word === "" ? "now waiting" : `now got ${word}`);
      expect(await phases.history()).toEqual(before);
    }
    expect(publish).not.toHaveBeenCalled();
    expect(commit).not.toHaveBeenCalled();
  },
);

scenario("QRY-02 a query that issues a command is an error", async ({ client, until, clock }) => {
  await client.newWorkflow(Phases, { id: "p" }).dispatch.run();
  await until(clock.sleep(1_000));
  const asked = client.getWorkflowById(Phases, "p").query.impure();
  await expect(asked).rejects.toMatchObject({ name: "InvalidQueryError" });
});

scenario("QRY-03 a query by an unknown name is an error", async ({ client, until, clock }) => {
  await client.newWorkflow(Phases, { id: "p" }).dispatch.run();
  await until(clock.sleep(1_000));
  const Unknown = defineWorkflow<{ readonly mood: Query<() => string> }>("Phases");
  const asked = client.getWorkflowById(Unknown, "p").query.mood();
  await expect(asked).rejects.toMatchObject({ name: "UnknownQueryError" });
});

scenario(
  "QRY-04 every POST of the API sent twice with one Idempotency-Key has one effect",
  async ({ system, clock, until }) => {
    const posted: string[] = [];
    const client = new InfiniticClient({
      url: "http://test",
      clock,
      async fetch(url, init) {
        if (init.method === "POST") {
          posted.push(new URL(url).pathname);
          await system.fetch(url, init); // its answer is lost
        }
        return system.fetch(url, init);
      },
    });
    const flow = await client.newWorkflow(Phases, { tags: ["twice"] }).dispatch.run();
    const tagged = client.getWorkflowByTag(Phases, "twice");
    const phases = client.getWorkflowById(Phases, flow.workflowId);
    await phases.dispatch.rest();
    await phases.notes.send("note");
    await phases.retry();
    await phases.retryTasks({ status: "failed" });
    await tagged.rest();
    await tagged.notes.send("note");
    await tagged.retry();
    await tagged.retryTasks();
    await until(clock.sleep(1_000));
    await phases.completeTimers();
    await tagged.completeTimers();
    await until(clock.sleep(1_000));
    await tagged.cancel({ methodId: "none" });
    await phases.cancel({ methodId: "none" });
    await until(clock.sleep(1_000));

    const { records } = await phases.history();
    const counts = Map.groupBy(records, ({ kind }) => kind);
    const countOf = (kind: (typeof records)[number]["kind"]): number => counts.get(kind)?.length ?? 0;
    // Once by id, and once by tag.
    expect([countOf("instance-started"), countOf("method-started")]).toEqual([1, 3]);
    expect([countOf("signal-received"), countOf("cancel-requested")]).toEqual([2, 2]);
    expect([countOf("timer-fired"), countOf("timers-completion-requested")]).toEqual([2, 2]);
    expect([countOf("retry-requested"), countOf("task-retry-requested")]).toEqual([2, 2]);

    asked.length = 0;
    const desk = client.newService(Desk);
    const [done, failed, canceled] = [
      await desk.dispatch.ask("done"),
      await desk.dispatch.ask("failed"),
      await desk.dispatch.ask("canceled"),
    ];
    const insisted = await desk.dispatch.insist("twice");
    await until(clock.sleep(1_000));
    await client.heartbeat(done.taskId);
    await client.completeTask(done.taskId, "yes");
    await client.failTask(failed.taskId, new RangeError("no"));
    await canceled.cancel();
    await insisted.retry();
    await until(clock.sleep(1_000));
    expect(
      await Promise.all([done, failed, canceled, insisted].map((task) => task.describe())),
    ).toMatchObject([
      { status: "completed", result: "yes" },
      { status: "failed", error: { name: "RangeError", message: "no" } },
      { status: "canceled" },
      { status: "failed", sequence: 1 },
    ]);
    expect(asked.toSorted()).toEqual(["canceled", "done", "failed", "twice", "twice"]);

    const current = ROUTES.filter(({ method, isOld }) => method === "POST" && !isOld);
    const routes = current.map(({ path }) => patternOf(path));
    expect(routes.filter((route) => !posted.some((path) => route.test(path)))).toEqual([]);
  },
);

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`);
}

scenario(
  "QRY-05 a durable task outside a workflow has a result, retries and failures; its id stays the same",
  async ({ client, until, system }) => {
    const texts = client.newService(Texts);
    expect(await until(texts.reverse("abc"))).toBe("cba");
    const task = await client.newService(Desk).dispatch.insist("please");
    const names = { service: "Desk", method: "insist", taskId: task.taskId };
    for (const sequence of [0, 1]) {
      await expect(until(task.result())).rejects.toMatchObject({
        name: "TaskFailedError",
        ...names,
        cause: { name: "RangeError", message: `not now: ${sequence}` },
      });
      await task.retry();
      await until(system.parts.clock.sleep(1_000));
    }
    expect(await until(task.result())).toBe("please");
    expect(await client.getTask(task.taskId).describe()).toMatchObject({ ...names, sequence: 2 });

    const post = async () => {
      const headers = { "idempotency-key": "once", "content-type": "application/json" };
      const body = JSON.stringify({ args: ["xyz"] });
      const answer = await system.fetch("http://test/services/Texts/reverse", {
        method: "POST",
        headers,
        body,
      });
      return (await answer.json()) as { readonly taskId: string };
    };
    const [first, second] = [await post(), await post()];
    expect(second.taskId).toBe(first.taskId);
    expect(await until(client.getTask(first.taskId).result())).toBe("zyx");
  },
);

scenario(
  "QRY-06 a service function is invoked directly: it gives its value or throws its error",
  async () => {
    const handler = serviceFunction(Texts, {
      concat: async (a, b) => a + b,
      reverse: async (text) => [...text].reverse().join(""),
      later: async (text) => text,
      fail: async (message) => {
        throw new RangeError(message);
      },
    });
    expect(await handler({ method: "concat", args: ["a", "b"] })).toBe("ab");
    await expect(handler({ method: "fail", args: ["no text"] })).rejects.toThrow(new RangeError("no text"));
    await expect(handler({ method: "unknown" })).rejects.toMatchObject({ name: "UnknownMethodError" });
  },
);
