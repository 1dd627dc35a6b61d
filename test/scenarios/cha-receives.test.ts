import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { scenariosWith } from "./scenario.ts";

interface Receives {
  onOneDeferred(awaits: number, limit?: number): Promise<readonly string[]>;
  statuses(): Promise<readonly string[]>;
  twoRaces(): Promise<readonly string[]>;
  each(limit: number): Promise<readonly string[]>;
  loop(count: number, restMs: number): Promise<readonly string[]>;
  rounds(): Promise<string>;
  readonly texts: Channel<string>;
}
const Receives = defineWorkflow<Receives>("Receives");

class ReceivesV1 extends Workflow implements Receives {
  readonly texts = channel<string>();

  async onOneDeferred(awaits: number, limit?: number): Promise<readonly string[]> {
    const next = this.texts.receive(limit === undefined ? {} : { limit });
    const texts: string[] = [];
    for (let count = 0; count < awaits; count++) texts.push(await next);
    return texts;
  }

  async statuses(): Promise<readonly string[]> {
    const next = this.texts.receive();
    const before = next.status();
    await timer("1s");
    const arrived = next.status();
    await next;
    return [before, arrived, next.status()];
  }

  async twoRaces(): Promise<readonly string[]> {
    const next = this.texts.receive();
    const seen: string[] = [];
    for (let round = 0; round < 2; round++) {
      const first = await Promise.race([next, timer(10)]);
      seen.push(first instanceof Date ? "timer" : first, next.status());
    }
    return seen;
  }

  async each(limit: number): Promise<readonly string[]> {
    const texts: string[] = [];
    for await (const text of this.texts.receive({ limit })) texts.push(text);
    return texts;
  }

  async loop(count: number, restMs: number): Promise<readonly string[]> {
    const texts: string[] = [];
    while (true) {
      texts.push(await this.texts.receive());
      if (texts.length === count) return texts;
      if (restMs > 0) await timer(restMs);
    }
  }

  async rounds(): Promise<string> {
    const next = this.texts.receive();
    for (let round = 1; ; round++) {
      const first = await Promise.race([next, timer("1m")]);
      if (!(first instanceof Date)) return `${first} in round ${round}`;
    }
  }
}

const scenario = scenariosWith({ workflows: [workflowOf(Receives, ReceivesV1)] });

scenario("CHA-14 three awaits on one receive give three signals in order", async ({ client, until }) => {
  const flow = await client.newWorkflow(Receives, { id: "c" }).dispatch.onOneDeferred(3);
  for (const text of ["1", "2", "3"]) await client.getWorkflowById(Receives, "c").texts.send(text);
  expect(await until(flow.result())).toEqual(["1", "2", "3"]);
});

scenario(
  "CHA-15 the same with a limit of three and signals 300 ms apart",
  async ({ client, until, clock }) => {
    const flow = await client.newWorkflow(Receives, { id: "c" }).dispatch.onOneDeferred(3, 3);
    for (const text of ["1", "2", "3"]) {
      await until(clock.sleep(300));
      await client.getWorkflowById(Receives, "c").texts.send(text);
    }
    expect(await until(flow.result())).toEqual(["1", "2", "3"]);
  },
);

scenario("CHA-16 twenty signals on one deferred are all received", async ({ client, until }) => {
  const texts = Array.from({ length: 20 }, (_, index) => `${index}`);
  const flow = await client.newWorkflow(Receives, { id: "c" }).dispatch.onOneDeferred(20);
  for (const text of texts) await client.getWorkflowById(Receives, "c").texts.send(text);
  expect(await until(flow.result())).toEqual(texts);
});

scenario("CHA-17 three awaits on a limit of two: the last value repeats", async ({ client, until }) => {
  const flow = await client.newWorkflow(Receives, { id: "c" }).dispatch.onOneDeferred(3, 2);
  for (const text of ["1", "2", "3"]) await client.getWorkflowById(Receives, "c").texts.send(text);
  expect(await until(flow.result())).toEqual(["1", "2", "2"]);
});

scenario("CHA-18 the same with late signals", async ({ client, until, clock }) => {
  const flow = await client.newWorkflow(Receives, { id: "c" }).dispatch.onOneDeferred(3, 2);
  for (const text of ["1", "2"]) {
    await until(clock.sleep(300));
    await client.getWorkflowById(Receives, "c").texts.send(text);
  }
  expect(await until(flow.result())).toEqual(["1", "2", "2"]);
});

scenario(
  "CHA-19 the status is pending, completed once a signal is there, then pending again",
  async ({ client, until }) => {
    const flow = await client.newWorkflow(Receives, { id: "c" }).dispatch.statuses();
    await client.getWorkflowById(Receives, "c").texts.send("hello");
    expect(await until(flow.result())).toEqual(["pending", "completed", "pending"]);
  },
);

scenario(
  "CHA-20 two races with a 10 ms timer and no signal never complete the receive",
  async ({ client, until }) => {
    const seen = await until(client.newWorkflow(Receives).twoRaces());
    expect(seen).toEqual(["timer", "pending", "timer", "pending"]);
  },
);

scenario("CHA-22 for await over a channel ends when its limit is reached", async ({ client, until }) => {
  const flow = await client.newWorkflow(Receives, { id: "c" }).dispatch.each(2);
  for (const text of ["1", "2", "3"]) await client.getWorkflowById(Receives, "c").texts.send(text);
  expect(await until(flow.result())).toEqual(["1", "2"]);
});

for (const restMs of [0, 1_000]) {
  scenario(
    `CHA-23 a loop of receives with ${restMs} ms between them sees every signal, once each, in order`,
    async ({ client, until, clock }) => {
      const texts = Array.from({ length: 12 }, (_, index) => `${index}`);
      const flow = await client.newWorkflow(Receives, { id: "c" }).dispatch.loop(texts.length, restMs);
      for (const [index, text] of texts.entries()) {
        if (index % 5 === 4) await until(clock.sleep(2_500));
        await client.getWorkflowById(Receives, "c").texts.send(text);
      }
      expect(await until(flow.result())).toEqual(texts);
    },
  );
}

scenario(
  "CHA-24 one receive raced with a timer in a loop: a signal of the third round is received in it",
  async ({ client, until, clock }) => {
    const flow = await client.newWorkflow(Receives, { id: "c" }).dispatch.rounds();
    await until(clock.sleep(150_000));
    await client.getWorkflowById(Receives, "c").texts.send("hello");
    expect(await until(flow.result())).toBe("hello in round 3");
  },
);
