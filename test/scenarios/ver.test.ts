import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { CheckMode } from "../../lib/core/model/recorded-commands.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Deferred } from "../../lib/runtime/deferred.ts";
import { Workflow, type WorkflowClass } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService, type ServiceStub } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { type Stage, scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

interface Versions {
  run(): Promise<string>;
  other(): Promise<void>;
  readonly go: Channel<string>;
}
const Versions = defineWorkflow<Versions>("Versions");

type Step = (texts: ServiceStub<Texts>) => Deferred<unknown>;

const original: Step = (texts) => texts.concat("a", "b");

/** Makes a class of the workflow: it does a step, then waits to be told to go on. */
function classOf(setup: {
  readonly version?: number;
  readonly checkMode?: CheckMode;
  readonly step?: Step;
  readonly otherStep?: Step;
}): WorkflowClass<Versions> {
  const { version = 1, checkMode = "simple", step = original, otherStep = original } = setup;
  return class extends Workflow implements Versions {
    static readonly version = version;
    static readonly checkMode = checkMode;
    readonly go = channel<string>();
    readonly #texts = newService(Texts);

    async run(): Promise<string> {
      await step(this.#texts);
      const signal = await this.go.receive();
      return `v${version} ${signal}`;
    }

    async other(): Promise<void> {
      await otherStep(this.#texts);
    }
  };
}

const deployed = (...classes: readonly WorkflowClass<Versions>[]) => workflowOf(Versions, ...classes);

const v1 = classOf({ version: 1 });
const v2 = classOf({ version: 2 });

/** Starts an instance and lets it come to its receive. */
async function startOne({ client, until, clock }: Stage) {
  const flow = await client.newWorkflow(Versions, { id: "v" }).dispatch.run();
  await until(clock.sleep(1_000));
  return flow;
}

/** Tells it to go on, and gives how it stands when it has had time to. */
async function goOn({ client, until, clock }: Stage) {
  await client.getWorkflowById(Versions, "v").go.send("hello");
  await until(clock.sleep(1_000));
  return client.getWorkflowById(Versions, "v").describe();
}

const scenario = scenariosWith({ workflows: [deployed(v1)] });

scenario("VER-01 a new dispatch uses the highest version", async (stage) => {
  await stage.redeploy(deployed(v1, v2));
  const flow = await startOne(stage);
  expect(await goOn(stage)).toMatchObject({ status: "completed", version: 2 });
  expect(await stage.until(flow.result())).toBe("v2 hello");
});

scenario("VER-02 a running instance keeps its own after a higher one is deployed", async (stage) => {
  const flow = await startOne(stage);
  await stage.redeploy(deployed(v1, v2));
  expect(await goOn(stage)).toMatchObject({ status: "completed", version: 1 });
  expect(await stage.until(flow.result())).toBe("v1 hello");
});

scenario(
  "VER-03 a missing version stops the instance, and it resumes once the version is back",
  async (stage) => {
    const flow = await startOne(stage);
    await stage.redeploy(deployed(v2));
    expect(await goOn(stage)).toMatchObject({
      status: "stopped",
      stopped: { failure: { name: "UnknownWorkflowVersionError" }, messages: 1 },
    });
    const stopped = await stage.client.listWorkflows({ status: "stopped" });
    expect(stopped.instances).toMatchObject([{ workflowId: "v", status: "stopped" }]);
    await stage.redeploy(deployed(v1, v2));
    expect(await stage.until(flow.result())).toBe("v1 hello");
  },
);

const changes: { readonly [change: string]: Step } = {
  arguments: (texts) => texts.concat("a", "c"),
  name: (texts) => texts.reverse("ab"),
  kind: () => timer(0),
};

const refused: { readonly [mode in CheckMode]: readonly string[] } = {
  none: ["kind"],
  simple: ["name", "kind"],
  strict: ["arguments", "name", "kind"],
};

for (const checkMode of ["none", "simple", "strict"] as const) {
  for (const [change, step] of Object.entries(changes)) {
    const isRefused = refused[checkMode].includes(change);
    const title = `VER-04 check mode ${checkMode} ${isRefused ? "refuses another" : "lets pass another"} ${change}`;
    scenario(title, async (stage) => {
      const flow = await startOne(stage);
      await stage.redeploy(deployed(classOf({ checkMode, step })));
      const { status, stopped } = await goOn(stage);
      expect(status).toBe(isRefused ? "stopped" : "completed");
      expect(stopped?.failure.name).toBe(isRefused ? "WorkflowChangedError" : undefined);
      await stage.redeploy(deployed(v1));
      expect(await stage.until(flow.result())).toBe("v1 hello");
    });
  }
}

scenario("VER-04 a change in one method does not disturb another", async (stage) => {
  const flow = await startOne(stage);
  await stage.redeploy(deployed(classOf({ checkMode: "strict", otherStep: () => timer(0) })));
  expect(await goOn(stage)).toMatchObject({ status: "completed" });
  expect(await stage.until(flow.result())).toBe("v1 hello");
});

scenario(
  "VER-05 a method that failed goes on when it is retried after the code is repaired",
  async (stage) => {
    const broken: Step = () => {
      throw new RangeError("broken");
    };
    await stage.redeploy(deployed(classOf({ step: broken })));
    const flow = await startOne(stage);
    await expect(stage.until(flow.result())).rejects.toMatchObject({ cause: { name: "RangeError" } });
    await stage.redeploy(deployed(v1));
    await stage.client.getWorkflowById(Versions, "v").retry();
    expect(await goOn(stage)).toMatchObject({ status: "completed" });
    expect(await stage.until(flow.result())).toBe("v1 hello");
  },
);
