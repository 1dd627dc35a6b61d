import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Query } from "../../lib/runtime/query.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";

interface Desk {
  work(word: string): Promise<string>;
}
const Desk = defineService<Desk>("Desk");

interface Talk {
  run(): Promise<void>;
  fails(): Promise<void>;
  beside(): Promise<void>;
  every(): Promise<void>;
  mutable(): Promise<void>;
  inlined(): Promise<void>;
  readonly said: Query<() => string>;
  readonly words: Channel<string>;
}
const Talk = defineWorkflow<Talk>("Talk");

class TalkV1 extends Workflow implements Talk {
  readonly said = query(() => {
    console.log("asked");
    return this.#last;
  });
  readonly words = channel<string>();
  #last = "nothing";
  readonly #desk = newService(Desk);
  readonly #isTold = console.log("made");

  async run(): Promise<void> {
    console.log("first %s", "word", { a: 1 });
    this.#last = await this.#desk.work("b");
    console.log("second");
    await timer("1h");
    console.log("third", this.#isTold);
  }
  async fails(): Promise<void> {
    console.log("before");
    await this.#desk.work("fail");
    console.log("after");
  }
  async beside(): Promise<void> {
    await this.#desk.work("a");
    console.log("beside 1");
    await timer("1m");
    console.log("beside 2");
  }
  async every(): Promise<void> {
    console.info("info");
    console.warn("warn");
    console.error("error");
    console.debug("debug");
    console.trace("trace");
    console.dir({ dir: 1 });
    console.table([{ a: 1 }]);
    console.assert(true, "not told");
    console.assert(false, "told");
    console.count("n");
    console.group("group");
    await this.#desk.work("c");
    console.count("n");
    console.log("inner");
    console.groupEnd();
    console.log("outer");
    console.log(JSON.stringify({ level: "INFO", message: "of JSON" }));
  }
  async mutable(): Promise<void> {
    const list = [1];
    console.log(list);
    list.push(2);
    await this.#desk.work("d");
  }
  async inlined(): Promise<void> {
    await inline(() => console.log("in an inline task"));
    await this.#desk.work("e");
  }
}

const LEVELS = ["log", "info", "warn", "error", "debug"] as const;

describe.each(["as-needed", "always"] as const)(
  "EDG-37 replayed %s, what workflow code writes to the console",
  (replay) => {
    let system: TestSystem;
    let isRepaired: boolean;
    let lines: string[];

    beforeEach(async () => {
      isRepaired = false;
      lines = [];
      for (const level of LEVELS)
        vi.spyOn(console, level).mockImplementation(
          (...args) => void lines.push(`${level}: ${args.join(" ")}`),
        );
      const work = async (word: string): Promise<string> => {
        if (word === "fail" && !isRepaired) throw new RangeError("no");
        return word;
      };
      const services = [serviceOf(Desk, { work }, { retry: () => undefined })];
      system = await new TestSystem({ workflows: [workflowOf(Talk, TalkV1)], services, replay }).start();
    });
    afterEach(async () => {
      await system.close();
      vi.restoreAllMocks();
    });

    const talk = () => system.client.newWorkflow(Talk, { id: "t" });

    async function prefix(): Promise<string> {
      const { run } = (await system.client.getWorkflowById(Talk, "t").describe()) as { readonly run: string };
      return `[Talk t ${run}]`;
    }

    test("is written once, with workflow, id and run", async () => {
      await system.until(talk().run());
      const name = await prefix();
      expect(lines).toEqual([
        `log: ${name} made`,
        `log: ${name} first word { a: 1 }`,
        `log: ${name} second`,
        `log: ${name} third undefined`,
      ]);
    });

    test("is not written again by queries; what the query writes is", async () => {
      await talk().dispatch.run();
      await system.until(system.parts.clock.sleep(60_000));
      const before = [...lines];
      const { query } = system.client.getWorkflowById(Talk, "t");
      expect([await query.said(), await query.said()]).toEqual(["b", "b"]);
      const asked = `log: ${await prefix()} asked`;
      expect(lines).toEqual([...before, asked, asked]);
    });

    test("is written once when a failure goes through another method, and when that is retried", async () => {
      const flow = await talk().dispatch.fails();
      const beside = await system.client.getWorkflowById(Talk, "t").dispatch.beside();
      await system.until(beside.result());
      isRepaired = true;
      await system.client.getWorkflowById(Talk, "t").retryTasks({ status: "failed" });
      await system.until(system.parts.clock.sleep(1_000));
      await system.until(flow.result());
      const name = await prefix();
      expect(lines.toSorted()).toEqual(
        ["made", "before", "beside 1", "beside 2", "after"].map((line) => `log: ${name} ${line}`).toSorted(),
      );
    });

    test("may come from any method of the console", async () => {
      await system.until(talk().every());
      const name = await prefix();
      const told = lines.map((line) => line.replace(`${name} `, "").split("\n")[0]);
      expect(told).toEqual([
        "log: made",
        "info: info",
        "warn: warn",
        "error: error",
        "debug: debug",
        "error: Trace: trace",
        "log: { dir: 1 }",
        expect.stringMatching(/^log: .─+/),
        "warn: Assertion failed: told",
        "log: n: 1",
        "log: group",
        "log:   n: 2",
        "log:   inner",
        "log: outer",
        expect.stringMatching(
          /^log: \{"level":"INFO","message":"of JSON","workflow":"Talk","workflowId":"t","run":/,
        ),
      ]);
    });

    test("is written as it was then", async () => {
      await system.until(talk().mutable());
      expect(lines.at(-1)).toBe(`log: ${await prefix()} [ 1 ]`);
    });

    test("in an inline task is as anywhere else", async () => {
      await system.until(talk().inlined());
      expect(lines.filter((line) => line.includes("inline"))).toEqual(["log: in an inline task"]);
    });
  },
);
