import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { scenariosWith } from "./scenario.ts";

interface Timers {
  /** How long a timer took, in milliseconds. */
  duration(ms: number): Promise<number>;
  /** How late after an instant, some milliseconds ahead, its timer was. */
  instant(aheadMs: number): Promise<number>;
  race(ms: number): Promise<string>;
  readonly bell: Channel<string>;
}
const Timers = defineWorkflow<Timers>("Timers");

class TimersV1 extends Workflow implements Timers {
  readonly bell = channel<string>();

  async duration(ms: number): Promise<number> {
    const before = Date.now();
    await timer(ms);
    return Date.now() - before;
  }

  async instant(aheadMs: number): Promise<number> {
    const instant = new Date(Date.now() + aheadMs);
    await timer(instant);
    return Date.now() - instant.getTime();
  }

  async race(ms: number): Promise<string> {
    const startedAt = Date.now();
    const first = await Promise.race([this.bell.receive(), timer(ms)]);
    return first instanceof Date ? `timer after ${first.getTime() - startedAt} ms` : first;
  }
}

const scenario = scenariosWith({ workflows: [workflowOf(Timers, TimersV1)] });

scenario("TIM-01 † a 100 ms timer ends before 1,000 ms", async ({ client, until, clock }) => {
  const before = clock.now();
  expect(await until(client.newWorkflow(Timers).duration(100))).toBeGreaterThanOrEqual(100);
  expect(clock.now() - before).toBeLessThan(1_000);
});

scenario("TIM-02 † a 1,300 ms timer ends after 1,300 ms", async ({ client, until, clock }) => {
  const before = clock.now();
  expect(await until(client.newWorkflow(Timers).duration(1_300))).toBeGreaterThanOrEqual(1_300);
  expect(clock.now() - before).toBeGreaterThanOrEqual(1_300);
});

scenario("TIM-03 an instant 200 ms ahead ends before 2,000 ms", async ({ client, until, clock }) => {
  const before = clock.now();
  await until(client.newWorkflow(Timers).instant(200));
  expect(clock.now() - before).toBeLessThan(2_000);
});

scenario("TIM-04 an instant 2,000 ms ahead ends at or after it", async ({ client, until, clock }) => {
  const before = clock.now();
  expect(await until(client.newWorkflow(Timers).instant(2_000))).toBeGreaterThanOrEqual(0);
  expect(clock.now() - before).toBeGreaterThanOrEqual(2_000);
});

scenario("TIM-05 a race with no signal: the timer wins and gives its instant", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Timers).race(200))).toBe("timer after 200 ms");
});

scenario("TIM-06 a race of a signal and a 6 s timer: the signal wins", async ({ client, until }) => {
  const flow = await client.newWorkflow(Timers).dispatch.race(6_000);
  await client.getWorkflowById(Timers, flow.workflowId).bell.send("ding");
  expect(await until(flow.result())).toBe("ding");
});

for (const ms of [-5_000, 0]) {
  scenario(`TIM-11 a timer of ${ms} ms fires at once`, async ({ client, until }) => {
    expect(await until(client.newWorkflow(Timers).duration(ms))).toBe(0);
  });
}

scenario("TIM-11 a timer in the past fires at once, and gives its instant", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Timers).instant(-5_000))).toBe(5_000);
});
