import { expect, test } from "vitest";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { MAX_UNPROVEN } from "../../lib/core/model/outbox.ts";
import type { InvocationRecord, InvocationReply, KeyContext } from "../../lib/core/protocol/invocation.ts";
import {
  type ExecuteTaskMessage,
  type InstanceMessage,
  MESSAGE_FORMAT,
} from "../../lib/core/protocol/messages.ts";
import { workflowHandler } from "../../lib/engine/workflow-handler.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { getWorkflowById } from "../../lib/workflow/workflow-stub.ts";

interface Desk {
  work(item: number, paper: string): number;
}
const Desk = defineService<Desk>("Desk");

interface Wide {
  run(tasks: number): Promise<number>;
  readonly word: Channel<string>;
}
const Wide = defineWorkflow<Wide>("Wide");

class WideV1 extends Workflow implements Wide {
  readonly word = channel<string>();
  private readonly desk = newService(Desk);

  async run(tasks: number): Promise<number> {
    if (tasks === 0) for await (const word of this.word) getWorkflowById(Wide, "other").word.send(word);
    const items = Array.from({ length: tasks }, (_, item) => item);
    return (await Promise.all(items.map((item) => this.desk.work(item, "x".repeat(7_000))))).length;
  }
}

const TASKS = 300;
const clock = new ManualClock();
const key = { workflow: "Wide", workflowId: "it" };
const head = { format: MESSAGE_FORMAT, at: clock.now(), ...key };
const start: InstanceMessage = { kind: "start", id: "run", ...head, method: "run", args: [TASKS] };
const signal = (id: string): InstanceMessage => ({ kind: "signal", id, ...head, channel: "word", value: id });

function newFunction(): (
  messages: readonly InstanceMessage[],
  context?: KeyContext,
) => Promise<InvocationReply> {
  const stores = memoryStores({ clock });
  const handler = workflowHandler({ ...workflowOf(Wide, WideV1), ...stores, clock });
  return async (messages, context) => {
    const records: InvocationRecord[] = messages.map((message, index) => ({
      id: String(index),
      key: "it",
      payload: JSON.stringify(message),
    }));
    const keys = context ? { keys: { it: context } } : {};
    return (await handler({ kind: "messages", records, ...keys })) as InvocationReply;
  };
}

const tasksOf = ({ emits }: InvocationReply): ExecuteTaskMessage[] =>
  emits.map(({ payload }) => JSON.parse(payload) as ExecuteTaskMessage);

const moreOf = ({ keys }: InvocationReply): string | undefined => keys?.["it"]?.more;

const completed = ({ taskId, caller: { run, command } }: ExecuteTaskMessage): InstanceMessage => ({
  kind: "task-completed",
  id: taskId,
  ...head,
  run,
  command,
  value: 1,
});

test("emits beyond a reply's size come piece by piece, each once", async () => {
  const invoke = newFunction();
  const sent: string[] = [];
  let pieces = 0;
  for (let reply = await invoke([start]); ; pieces += 1) {
    expect(JSON.stringify(reply).length).toBeLessThan(4 * 1024 * 1024);
    sent.push(...tasksOf(reply).map(({ taskId }) => taskId));
    const resume = moreOf(reply);
    if (resume === undefined) break;
    reply = await invoke([start], { resume });
  }
  expect(pieces).toBeGreaterThan(0);
  expect(sent.length).toBe(TASKS);
  expect(new Set(sent).size).toBe(TASKS);
});

test("a cut that goes on after another bridge brought replies leaves out nothing (I7)", async () => {
  const invoke = newFunction();
  const first = await invoke([start]);
  const sent = tasksOf(first);
  await invoke(sent.slice(0, 50).map(completed));
  let reply = first;
  for (let resume = moreOf(reply); resume !== undefined; resume = moreOf(reply)) {
    reply = await invoke([start], { resume });
    sent.push(...tasksOf(reply));
  }
  expect(new Set(sent.map(({ taskId }) => taskId)).size).toBe(TASKS);
});

test("a full outbox is published once more and leaves, though the bridge remembers nothing (I4)", async () => {
  const invoke = newFunction();
  await invoke([{ ...start, args: [0] }]);
  for (let word = 0; word <= MAX_UNPROVEN; word += 1) await invoke([signal(`${word}`)]);
  const flush = await invoke([signal("next")]);
  expect(flush.emits.length).toBe(MAX_UNPROVEN + 1);
  const next = await invoke([signal("next")], { resume: moreOf(flush) as string });
  expect(next.emits.length).toBe(1);
  expect(moreOf(next)).toBeUndefined();
  expect((await invoke([signal("0")])).emits).toEqual([]);
});
