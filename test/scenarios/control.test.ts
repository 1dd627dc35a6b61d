import { expect } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { scenariosWith } from "./scenario.ts";

interface Switch {
  /** Works once it was switched on. */
  work(): Promise<string>;
  turnOn(): Promise<void>;
}
const Switch = defineService<Switch>("Switch");

/** What the service is at the moment; each scenario begins with it off. */
const state = { isOn: false };

interface Repair {
  run(): Promise<string>;
  race(): Promise<string>;
  retryItself(): Promise<string>;
  readonly bell: Channel<string>;
}
const Repair = defineWorkflow<Repair>("Repair");

class RepairV1 extends Workflow implements Repair {
  readonly bell = channel<string>();
  private readonly switch = newService(Switch);

  async run(): Promise<string> {
    return this.switch.work();
  }

  async retryItself(): Promise<string> {
    const task = this.switch.work();
    const first = await task.then(
      () => "ok",
      () => "caught",
    );
    await this.switch.turnOn();
    task.retry();
    return `${first}, ${await task}`;
  }

  async race(): Promise<string> {
    const first = await Promise.race([this.bell.receive(), timer("6s")]);
    return first instanceof Date ? "timer" : first;
  }
}

const scenario = scenariosWith({
  workflows: [workflowOf(Repair, RepairV1)],
  services: () => [
    serviceOf(
      Switch,
      {
        work: async () => {
          if (!state.isOn) throw new Error("off");
          return "ok";
        },
        turnOn: async () => {
          state.isOn = true;
        },
      },
      { retry: noRetry },
    ),
  ],
});

for (const [id, how] of [
  ["ERR-16 † retryTasks by status", { status: "failed" }],
  ["ERR-18 retryTasks by service", { service: "Switch" }],
] as const) {
  scenario(`${id} resumes the failed method, and a client that waits again gets "ok"`, async (stage) => {
    state.isOn = false;
    const flow = await stage.client.newWorkflow(Repair).dispatch.run();
    await expect(stage.until(flow.result())).rejects.toThrow("failed");
    state.isOn = true;
    await stage.client.getWorkflowById(Repair, flow.workflowId).retryTasks(how);
    await expect.poll(() => stage.until(flow.result()).catch(() => "failed")).toBe("ok");
  });
}

scenario("ERR-17 retryTasks by task id resumes the failed method", async ({ client, until }) => {
  state.isOn = false;
  const flow = await client.newWorkflow(Repair).dispatch.run();
  const error = await until(flow.result()).catch((thrown: Error) => thrown);
  const { taskId } = (error as Error & { cause: { taskId: string } }).cause;
  state.isOn = true;
  await client.getWorkflowById(Repair, flow.workflowId).retryTasks({ taskId });
  await expect.poll(() => until(flow.result()).catch(() => "failed")).toBe("ok");
});

scenario("TIM-07 completeTimers by id before the signal: the timer wins", async ({ client, until }) => {
  const flow = await client.newWorkflow(Repair).dispatch.race();
  const instance = client.getWorkflowById(Repair, flow.workflowId);
  await instance.completeTimers();
  await instance.bell.send("bell");
  expect(await until(flow.result())).toBe("timer");
});

scenario("TIM-09 completeTimers for another method's id changes nothing", async ({ client, until }) => {
  const flow = await client.newWorkflow(Repair).dispatch.race();
  const instance = client.getWorkflowById(Repair, flow.workflowId);
  await instance.completeTimers({ methodId: "another" });
  await instance.bell.send("bell");
  expect(await until(flow.result())).toBe("bell");
});

scenario("TIM-10 completeTimers for the right method's id: the timer wins", async ({ client, until }) => {
  const flow = await client.newWorkflow(Repair).dispatch.race();
  const instance = client.getWorkflowById(Repair, flow.workflowId);
  await instance.completeTimers({ methodId: flow.methodId });
  await instance.bell.send("bell");
  expect(await until(flow.result())).toBe("timer");
});

scenario(
  "ERR-19 a caught failed task is retried from inside the workflow: caught, then ok",
  async ({ client, until }) => {
    state.isOn = false;
    const flow = await client.newWorkflow(Repair).dispatch.retryItself();
    expect(await until(flow.result())).toBe("caught, ok");
    const { records } = await client.getWorkflowById(Repair, flow.workflowId).history();
    expect(records.filter(({ kind }) => kind === "task-retry")).toHaveLength(1);
  },
);
