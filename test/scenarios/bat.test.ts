import { expect, vi } from "vitest";
import { MemoryFunctionInvoker } from "../../lib/adapters/memory/function-invoker.ts";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { InvocationRequest } from "../../lib/core/protocol/invocation.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

interface Greetings {
  greet(name: string): Promise<string>;
}
const Greetings = defineWorkflow<Greetings>("Greetings");

class GreetingsV1 extends Workflow implements Greetings {
  #texts = newService(Texts);

  async greet(name: string): Promise<string> {
    return this.#texts.concat("hello ", name);
  }
}

const greetings = workflowOf(Greetings, GreetingsV1);
const scenario = scenariosWith({ workflows: [greetings], batchSize: 20 });

scenario("BAT-13 twenty workflows in one engine invocation", async ({ client, until, system, redeploy }) => {
  await until(system.bridge.close());
  const names = Array.from({ length: 20 }, (_, index) => `number ${index}`);
  const flows = await Promise.all(names.map((name) => client.newWorkflow(Greetings).dispatch.greet(name)));
  using invoke = vi.spyOn(MemoryFunctionInvoker.prototype, "invoke");
  await redeploy(greetings);

  const results = await until(Promise.all(flows.map((flow) => flow.result())));
  expect(results).toEqual(names.map((name) => `hello ${name}`));
  const batches = invoke.mock.calls
    .filter(([name]) => name === "workflow-Greetings")
    .map(([, payload]) => (JSON.parse(payload) as InvocationRequest).records.length);
  expect(Math.max(...batches)).toBe(20);
});
