import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

const SOON_MS = 100;
const LATE_MS = 500;

class DeferredsV1 extends Workflow {
  #texts = newService(Texts);

  async sequence(): Promise<string> {
    let text = "";
    text = await this.#texts.concat(text, "1");
    text = await this.#texts.concat(text, "2");
    return this.#texts.concat(text, "3");
  }

  async asyncAndSync(): Promise<string> {
    const reversed = this.#texts.reverse("ab");
    let text = await this.#texts.concat("2", "3");
    text = await this.#texts.concat(text, "");
    return text + (await reversed);
  }

  async oppositeOrder(): Promise<string> {
    const late = this.#texts.later("a", LATE_MS);
    const soon = this.#texts.later("b", SOON_MS);
    return (await late) + (await soon);
  }

  async oppositeOrderThenTask(): Promise<string> {
    const late = this.#texts.later("a", LATE_MS);
    const soon = this.#texts.later("b", SOON_MS);
    return this.#texts.concat((await late) + (await soon), "c");
  }

  async raceOfThree(): Promise<string> {
    const soon = this.#texts.later("2", SOON_MS);
    return Promise.race([this.#texts.later("1", LATE_MS), soon, this.#texts.later("3", LATE_MS)]);
  }

  async raceOfAll(): Promise<string> {
    const both = Promise.all([this.#texts.later("1", SOON_MS), this.#texts.later("2", 2 * SOON_MS)]);
    const first = await Promise.race([both, this.#texts.later("3", LATE_MS)]);
    return typeof first === "string" ? first : first.join("");
  }

  async raceOfArray(count: number): Promise<string> {
    const delayOf = (index: number): number => (index === 2 ? SOON_MS : LATE_MS);
    const tasks = Array.from({ length: count }, (_, index) => this.#texts.later(`${index}`, delayOf(index)));
    return Promise.race(tasks);
  }

  async raceWithStatus(): Promise<readonly string[]> {
    const task = this.#texts.later("task", SOON_MS);
    const rest = timer(LATE_MS);
    const before = task.status();
    const first = await Promise.race([task, rest]);
    const statuses = [before, task.status(), rest.status()];
    await rest;
    return [...statuses, rest.status(), String(first)];
  }

  async all(count: number): Promise<string> {
    const tasks = Array.from({ length: count }, (_, index) =>
      this.#texts.later(`${index}`, (count - index) * 10),
    );
    return (await Promise.all(tasks)).join(",");
  }

  async any(kinds: readonly ("fails" | "works")[]): Promise<string> {
    return Promise.any(
      kinds.map((kind) =>
        kind === "fails" ? this.#texts.fail("no text") : this.#texts.later("works", SOON_MS),
      ),
    );
  }

  async anyCaught(): Promise<string> {
    try {
      return await this.any(["fails", "fails"]);
    } catch (error) {
      return error instanceof AggregateError ? `${error.errors.length} failures` : "another error";
    }
  }

  async allSettled(): Promise<readonly string[]> {
    const outcomes = await Promise.allSettled([this.#texts.fail("no text"), this.#texts.reverse("ab")]);
    return outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : outcome.reason.name));
  }
}
const Deferreds = defineWorkflow<DeferredsV1>("Deferreds");

class GreetingsV1 extends Workflow {
  #texts = newService(Texts);

  async greet(name: string): Promise<string> {
    return this.#texts.concat("hello ", name);
  }
}
const Greetings = defineWorkflow<GreetingsV1>("Greetings");

const scenario = scenariosWith({
  workflows: [workflowOf(Deferreds, DeferredsV1), workflowOf(Greetings, GreetingsV1)],
});

scenario("DEF-01 † three sequential concats give 123", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Deferreds).sequence())).toBe("123");
});

scenario("DEF-02 a client dispatches, then waits", async ({ client, until }) => {
  const flow = await client.newWorkflow(Deferreds).dispatch.sequence();
  expect(await until(flow.result())).toBe("123");
});

scenario("DEF-03 an async task, two sequential ones, then its await", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Deferreds).asyncAndSync())).toBe("23ba");
});

scenario("DEF-04 two deferreds awaited in the opposite order of completion", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Deferreds).oppositeOrder())).toBe("ab");
});

scenario("DEF-05 the same, followed by one more task", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Deferreds).oppositeOrderThenTask())).toBe("abc");
});

scenario("DEF-06 Promise.race of three gives the first", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Deferreds).raceOfThree())).toBe("2");
});

scenario("DEF-07 a race of an all and a third", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Deferreds).raceOfAll())).toBe("12");
});

scenario("DEF-08 Promise.race of an array", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Deferreds).raceOfArray(5))).toBe("2");
});

scenario("DEF-09 a race with a status check before the await, plus a timer", async ({ client, until }) => {
  const seen = await until(client.newWorkflow(Deferreds).raceWithStatus());
  expect(seen).toEqual(["pending", "completed", "pending", "completed", "task"]);
});

scenario("DEF-10 Promise.all of three", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Deferreds).all(3))).toBe("0,1,2");
});

scenario("DEF-11 Promise.all of twenty", async ({ client, until }) => {
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  expect(await until(client.newWorkflow(Deferreds).all(20))).toBe(numbers.join(","));
});

scenario("DEF-12 Promise.any skips failures", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Deferreds).any(["fails", "works", "fails"]))).toBe("works");
});

scenario("DEF-12 Promise.any fails when all fail", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Deferreds).anyCaught())).toBe("2 failures");
});

scenario("DEF-13 Promise.allSettled tells each outcome", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Deferreds).allSettled())).toEqual(["TaskFailedError", "ba"]);
});

scenario(
  "DEF-14 two different workflows run by one client keep their results apart",
  async ({ client, until }) => {
    const results = await until(
      Promise.all([
        client.newWorkflow(Deferreds, { id: "same" }).sequence(),
        client.newWorkflow(Greetings, { id: "same" }).greet("Ann"),
      ]),
    );
    expect(results).toEqual(["123", "hello Ann"]);
  },
);
