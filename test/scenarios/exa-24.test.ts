import { beforeEach, expect, onTestFinished, vi } from "vitest";
import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { InvokeOutcome } from "../../lib/ports/function-invoker.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { type Stage, scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

interface Chain {
  run(): Promise<string>;
}
const Chain = defineWorkflow<Chain>("Chain");

class ChainV1 extends Workflow implements Chain {
  readonly #texts = newService(Texts);

  async run(): Promise<string> {
    let text = "";
    for (const letter of ["a", "b", "c"]) text = await this.#texts.concat(text, letter);
    return text;
  }
}

/** Of which functions every invocation but each third dies, before or after its work. */
let dying: { readonly functions: RegExp; readonly when: "before" | "after" } | undefined;
let invocations = 0;
beforeEach(() => {
  dying = undefined;
  invocations = 0;
});
const wrap =
  (name: string, handler: Handler): Handler =>
  async (request, context) => {
    // Without hints of what is stored, it has to be read.
    const event = { ...(request as object), keys: {} } as never;
    const isDying = dying?.functions.test(name) && invocations++ % 3 !== 2;
    if (isDying && dying?.when === "before") throw new RangeError("out of memory");
    const reply = await handler(event, context);
    if (isDying) throw new RangeError("out of memory");
    return reply;
  };

const scenario = scenariosWith({ workflows: [workflowOf(Chain, ChainV1)], wrap });

/** Runs a chain of three tasks: it gives its result as if nothing had happened, and each outcome is there once. */
async function expectChain(stage: Stage, isOver: () => void = () => undefined): Promise<void> {
  const { client, until } = stage;
  const flow = await client.newWorkflow(Chain).dispatch.run();
  await until(vi.waitFor(isOver, { timeout: 20_000 }));
  expect(await until(flow.result())).toBe("abc");
  const { records } = await client.getWorkflowById(Chain, flow.workflowId).history();
  expect(records.filter(({ kind }) => kind === "task-completed")).toHaveLength(3);
}

const REFUSALS = 4;

for (const call of ["load", "commit"] as const) {
  const name = call === "load" ? "reading" : "writing";
  for (const code of ["STORE_THROTTLED", "STORE_UNAVAILABLE"] as const) {
    scenario(`EXA-24 † a store that refuses ${name} with ${code}: the step is tried again`, async (stage) => {
      const refused = vi.spyOn(stage.system.parts.stateStore, call);
      onTestFinished(() => void refused.mockRestore());
      for (let time = 0; time < REFUSALS; time += 1)
        refused.mockRejectedValueOnce(new InfiniticError(code, "expected room, got a throttle"));
      // Who waits for the result reads too: not before the engine was refused.
      await expectChain(stage, () => expect(refused.mock.calls.length).toBeGreaterThan(REFUSALS));
    });
  }
}

const OUTCOMES: { readonly [what: string]: InvokeOutcome } = {
  "is throttled (429)": { kind: "throttled" },
  "cannot be reached": { kind: "unavailable", message: "no connection" },
};
for (const [what, outcome] of Object.entries(OUTCOMES)) {
  scenario(`EXA-24 † a function that ${what}: its messages wait and go on`, async (stage) => {
    const { invoker } = stage.system;
    const invoke = invoker.invoke.bind(invoker);
    let refusals = REFUSALS;
    const refused = vi.spyOn(invoker, "invoke").mockImplementation(async (name, ...request) => {
      const isRefused = name !== "timers" && refusals-- > 0;
      return isRefused ? outcome : invoke(name, ...request);
    });
    onTestFinished(() => void refused.mockRestore());
    await expectChain(stage);
  });
}

for (const when of ["before", "after"] as const) {
  for (const [what, functions] of [
    ["workflow", /^workflow-/],
    ["service", /^service-/],
  ] as const) {
    scenario(`EXA-24 † a ${what} function that dies ${when} its work: it is invoked again`, async (stage) => {
      dying = { functions, when };
      await expectChain(stage);
    });
  }
}
