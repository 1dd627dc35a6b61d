import { MemoryPayloadStore } from "../../lib/adapters/memory/payload-store.ts";
import { MemoryStateStore } from "../../lib/adapters/memory/state-store.ts";
import type { Event, HistoryRecord } from "../../lib/core/model/history.ts";
import { emitsOfEntry } from "../../lib/core/model/outbox.ts";
import { decodeEngineMessage, decodeTaskMessage } from "../../lib/core/protocol/decode.ts";
import { TASK_WORKFLOW } from "../../lib/core/values/ids.ts";
import { StandaloneTask } from "../../lib/engine/builtins/standalone-task.ts";
import { LiveInstance } from "../../lib/engine/live-instance.ts";
import { recordEvent } from "../../lib/engine/step/run-code.ts";
import { versionsOf } from "../../lib/engine/workflow-handler.ts";
import { loadRecords } from "../../lib/instance/chunks.ts";
import { Payloads } from "../../lib/instance/payloads.ts";
import { readHint, type Tip } from "../../lib/instance/tip.ts";
import { type CodeParts, replay } from "../../lib/runtime/replay.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import type { TestWorkflow } from "../../lib/testing/test-workflow.ts";
import type { RecordedItem, RecordedMessage, Recording } from "./recording.ts";

/** Tells where this version of the code does otherwise than the one that made a recording. */
export async function differencesFrom(
  recording: Recording,
  workflows: readonly TestWorkflow[],
): Promise<readonly string[]> {
  const stateStore = new MemoryStateStore({ clock: new ManualClock() });
  for (const { workflow, workflowId, body, ...chunk } of recording.chunks)
    await stateStore.putChunk({ workflow, workflowId }, { ...chunk, body: Buffer.from(body, "base64") });
  const names = [TASK_WORKFLOW, ...workflows.map(({ definition }) => definition.name)];
  const found: string[] = [];
  const tryOut = async (what: string, step: () => unknown): Promise<void> => {
    try {
      const difference = await step();
      if (difference !== undefined) found.push(`${what}: ${difference}`);
    } catch (error) {
      found.push(`${what}: ${error}`);
    }
  };
  for (const item of recording.items) {
    const what = `${recording.story}, ${item.workflow} ${item.workflowId} ${item.v}`;
    await tryOut(what, () => differenceOf(item, workflows, stateStore));
  }
  for (const message of recording.messages) {
    await tryOut(`${recording.story}, ${message.payload}`, () => read(message, names));
  }
  return found;
}

/** Reads an item, runs its code again in both ways, and derives its emits. */
async function differenceOf(
  item: RecordedItem,
  workflows: readonly TestWorkflow[],
  stateStore: MemoryStateStore,
): Promise<string | undefined> {
  const { workflow, workflowId, v, body } = item;
  const key = { workflow, workflowId };
  const hint = readHint(key, { v, state: body });
  if (hint === undefined) return "expected an item that its token fits, got another";
  const instance = new LiveInstance(key, v, hint.tip, (await loadRecords(stateStore, key, hint.tip)).records);
  const rewritten = unlike(instance.tip(), hint.tip satisfies Tip);
  if (rewritten !== undefined) return `written again: ${rewritten}`;
  const { state, history, outbox } = instance;
  if (state === undefined) return undefined; // an early instance: messages that wait
  const parts = partsOf(workflow, workflows);
  await replay(parts, state, history);
  const again = unlike(await runAgain(instance, state.key.run, parts), history);
  if (again !== undefined) return `run again: ${again}`;
  const emits = outbox.map((entry) => emitsOfEntry(state, history, entry).map(messageOf));
  const said = unlike(emits, item.emits);
  return said === undefined ? undefined : `emitted again: ${said}`;
}

/** Makes the history anew from its events alone: what code did in answer to each is its own doing. */
async function runAgain(
  { key, history }: LiveInstance,
  run: string,
  parts: CodeParts,
): Promise<readonly HistoryRecord[]> {
  const instance = new LiveInstance(key, undefined);
  const state = instance.begin(run);
  for (const record of history) {
    const isOwn = !("at" in record) || record.kind === "inline-completed"; // code runs these tasks itself
    if (!isOwn) await recordEvent(instance, state, record as Event, parts);
  }
  return instance.history;
}

function partsOf(workflow: string, workflows: readonly TestWorkflow[]): CodeParts {
  const registered = workflows.find(({ definition }) => definition.name === workflow);
  const classes = workflow === TASK_WORKFLOW ? [StandaloneTask] : (registered?.classes ?? []);
  return { versions: versionsOf(workflow, classes), payloads: new Payloads(new MemoryPayloadStore()) };
}

function read({ topic, payload }: RecordedMessage, workflows: readonly string[]): undefined {
  const wrapped = JSON.parse(payload) as { readonly kind: string; readonly service?: string };
  if (wrapped.kind === "execute-task") decodeTaskMessage(payload, wrapped.service ?? topic);
  else decodeEngineMessage(payload, workflows);
  return undefined;
}

export function messageOf({
  topic,
  key,
  message,
  deliverAt,
}: ReturnType<typeof emitsOfEntry>[number]): RecordedMessage {
  return {
    topic,
    ...(key !== undefined && { key }),
    payload: JSON.stringify(message),
    ...(deliverAt !== undefined && { deliverAt }),
  };
}

/** The first place in which two JSON values differ. */
function unlike(got: unknown, expected: unknown, path = ""): string | undefined {
  // Where in which file something was thrown is no behaviour.
  if (path.endsWith("/stack") && firstLine(got) === firstLine(expected)) return undefined;
  if (typeof got !== "object" || typeof expected !== "object" || got === null || expected === null) {
    if (got === expected) return undefined;
    return `expected ${JSON.stringify(expected)} at ${path || "the top"}, got ${JSON.stringify(got)}`;
  }
  const fields = new Set([...Object.keys(expected), ...Object.keys(got)]);
  for (const field of fields) {
    const values = [got, expected].map((value) => (value as { [field: string]: unknown })[field]);
    const difference = unlike(values[0], values[1], `${path}/${field}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

const firstLine = (text: unknown): string | undefined => String(text).split("\n")[0];
