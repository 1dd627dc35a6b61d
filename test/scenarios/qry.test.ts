import { expect, vi } from "vitest";
import { InfiniticClient } from "../../lib/client/client.ts";
import { defineWorkflow } from "../../lib/core/definition.ts";
import { ROUTES } from "../../lib/http/routes.ts";
import { serviceFunction } from "../../lib/lambda/service-function.ts";
import { workflowOf } from "../../lib/testing/test-system.ts";
import { type Channel, channel } from "../../lib/workflow/channel.ts";
import { type Query, query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { Workflow } from "../../lib/workflow/workflow.ts";
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

const scenario = scenariosWith({ workflows: [workflowOf(Phases, PhasesV1)] });

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
    const flow = await client.newWorkflow(Phases).dispatch.run();
    const phases = client.getWorkflowById(Phases, flow.workflowId);
    await phases.dispatch.rest();
    await phases.notes.send("note");
    await phases.retry();
    await phases.retryTasks({ status: "failed" });
    await phases.completeTimers();
    await phases.cancel();
    await until(clock.sleep(1_000));

    const { records } = await phases.history();
    const counts = Map.groupBy(records, ({ kind }) => kind);
    const countOf = (kind: (typeof records)[number]["kind"]): number => counts.get(kind)?.length ?? 0;
    expect([countOf("instance-started"), countOf("method-started")]).toEqual([1, 2]);
    expect([countOf("signal-received"), countOf("timer-fired"), countOf("cancel-requested")]).toEqual([
      1, 1, 1,
    ]);
    expect([countOf("retry-requested"), countOf("task-retry-requested")]).toEqual([1, 1]);

    const routes = ROUTES.filter(({ method }) => method === "POST").map(({ path }) => patternOf(path));
    expect(routes.filter((route) => !posted.some((path) => route.test(path)))).toEqual([]);
  },
);

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`);
}

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
