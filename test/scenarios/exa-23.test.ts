import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import { deadLetterTopic, SUBSCRIPTION } from "../../lib/core/protocol/topics.ts";
import type { IncomingMessage } from "../../lib/ports/broker.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { type Stage, scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

interface Stay {
  wait(): Promise<string>;
  reverse(text: string): Promise<string>;
  readonly word: Channel<string>;
}
const Stay = defineWorkflow<Stay>("Stay");

class StayV1 extends Workflow implements Stay {
  readonly word = channel<string>();

  async wait(): Promise<string> {
    return this.word.receive();
  }
  async reverse(text: string): Promise<string> {
    return newService(Texts).reverse(text);
  }
}

const scenario = scenariosWith({ workflows: [workflowOf(Stay, StayV1)] });

/** Receives the dead letter of a payload, past those of other scenarios. */
async function parked({ system, until }: Stage, topic: string, payload: string): Promise<IncomingMessage> {
  const consumer = await system.parts.broker.subscribe({
    topic: deadLetterTopic(topic),
    subscription: SUBSCRIPTION,
    type: "shared",
    prefetch: 100,
  });
  try {
    for (;;) {
      const letter = await until(consumer.receive());
      if (letter?.payload === payload) return letter;
    }
  } finally {
    await consumer.close();
  }
}

const UNDECODABLE = [
  ["no JSON", "<stay/>", "expected JSON, got <stay/>"],
  ["no object", "[]", "expected a JSON object, got []"],
  ["without a format", '{"kind":"signal"}', "expected a format number"],
  ["of an unknown kind", '{"format":1,"kind":"constructor"}', 'got kind "constructor"'],
  ["with a wrong field", '{"format":1,"kind":"cancel","id":7}', "got a wrong id"],
] as const;

scenario("EXA-23 † poison to an instance is parked with its reason, and its key goes on", async (stage) => {
  const { client, until, system } = stage;
  const [one, other] = await Promise.all([1, 2].map(() => client.newWorkflow(Stay).dispatch.wait()));
  const topic = "workflow-engine:Stay";
  const key = one?.workflowId ?? "";
  for (const [, payload] of UNDECODABLE) await system.parts.broker.publish({ topic, key, payload });
  for (const flow of [one, other]) {
    await client.getWorkflowById(Stay, flow?.workflowId ?? "").word.send("on");
    expect(await until(flow?.result() as Promise<string>)).toBe("on");
  }
  for (const [, payload, reason] of UNDECODABLE) {
    const letter = await parked(stage, topic, payload);
    expect(letter.key).toBe(key);
    expect(letter.properties).toMatchObject({ code: "MESSAGE_UNDECODABLE", originTopic: topic });
    expect(letter.properties["reason"]).toContain(reason);
  }
});

scenario("EXA-23 † a message for another workflow, or under another key, is parked", async (stage) => {
  const { client, until, system } = stage;
  const topic = "workflow-engine:Stay";
  const workflowId = crypto.randomUUID();
  const start = {
    kind: "start",
    format: MESSAGE_FORMAT,
    id: "r",
    at: stage.clock.now(),
    workflowId,
    method: "wait",
    args: [],
  };
  const strange = JSON.stringify({ ...start, workflow: "Unknown" });
  const misplaced = JSON.stringify({ ...start, workflow: "Stay" });
  await system.parts.broker.publish({ topic, key: workflowId, payload: strange });
  await system.parts.broker.publish({ topic, key: `not-${workflowId}`, payload: misplaced });
  for (const [payload, reason] of [
    [strange, "got one of Unknown"],
    [misplaced, `under key not-${workflowId}`],
  ] as const) {
    const letter = await parked(stage, topic, payload);
    expect(letter.properties).toMatchObject({ code: "MESSAGE_MISROUTED" });
    expect(letter.properties["reason"]).toContain(reason);
  }
  expect(await until(client.newWorkflow(Stay, { id: workflowId }).reverse("on"))).toBe("no");
});

scenario("EXA-23 † poison to a service or to a tag is parked, and its neighbours go on", async (stage) => {
  const { client, until, system } = stage;
  for (const topic of ["task-executor:Texts", "workflow-tags:Stay"]) {
    const payload = `poison ${crypto.randomUUID()}`;
    await system.parts.broker.publish({ topic, key: "k", payload });
    const { properties } = await parked(stage, topic, payload);
    expect(properties).toMatchObject({ code: "MESSAGE_UNDECODABLE", originTopic: topic, attempts: "1" });
  }
  expect(await until(client.newWorkflow(Stay).reverse("on"))).toBe("no");
});

scenario("EXA-23 † an unknown method is that call's failure, and the instance goes on", async (stage) => {
  const { client, until } = stage;
  const flow = await client.newWorkflow(Stay).dispatch.wait();
  const instance = client.getWorkflowById(Stay, flow.workflowId) as unknown as {
    unknown(): Promise<never>;
    readonly word: { send(word: string): Promise<void> };
  };
  await expect(until(instance.unknown())).rejects.toMatchObject({ name: "UnknownMethodError" });
  await instance.word.send("on");
  expect(await until(flow.result())).toBe("on");
});
