import { setTimeout as sleep } from "node:timers/promises";
import type { HistoryRecord } from "../../../lib/core/model/history.ts";
import { MESSAGE_FORMAT, type StartMessage } from "../../../lib/core/protocol/messages.ts";
import { workflowEngineTopic } from "../../../lib/core/protocol/topics.ts";
import { scopedId } from "../../../lib/core/values/ids.ts";
import type { Json } from "../../../lib/core/values/json.ts";
import { readInstance, type StartedInstance } from "../../../lib/instance/read-instance.ts";
import type { Broker } from "../../../lib/ports/broker.ts";
import type { InstanceKey, StateStore } from "../../../lib/ports/state-store.ts";
import { attemptName } from "./executions.ts";

const POLL_MS = 200;
/** How many are looked at in one poll: they end in about the order of their starts. */
const WINDOW = 20;

/** Sends a start, as a client does. */
export async function start(broker: Broker, key: InstanceKey, args: readonly Json[]): Promise<void> {
  const head = { kind: "start", format: MESSAGE_FORMAT, id: "run", at: Date.now() } as const;
  const message: StartMessage = { ...head, ...key, method: "run", args };
  const topic = workflowEngineTopic(key.workflow);
  await broker.publish({ topic, key: key.workflowId, payload: JSON.stringify(message) });
}

/**
 * Waits until no instance runs any more.
 *
 * @throws RangeError when that takes longer than `timeoutMs`
 */
export async function untilEnded(
  store: StateStore,
  keys: readonly InstanceKey[],
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const running = [...keys];
  while (running.length > 0) {
    const window = running.splice(0, WINDOW);
    const items = await Promise.all(window.map((key) => store.load(key)));
    const left = window.filter((_, nth) => (items[nth]?.item?.status ?? "running") === "running");
    running.unshift(...left);
    if (left.length < window.length) continue;
    if (performance.now() > deadline) {
      const ids = left.map(({ workflowId }) => workflowId);
      throw new RangeError(`expected all to end, got ${running.length} that run, ${ids} among them`);
    }
    await sleep(POLL_MS);
  }
}

/** Reads instances, which must have begun. */
export async function readAll(
  store: StateStore,
  keys: readonly InstanceKey[],
): Promise<readonly StartedInstance[]> {
  const read: StartedInstance[] = [];
  for (const key of keys) {
    const instance = await readInstance(store, key);
    if (instance === undefined) throw new RangeError(`expected ${key.workflowId} to have begun`);
    read.push(instance);
  }
  return read;
}

/** The results of the instances' first methods; failures as they are. */
export function resultsOf(instances: readonly StartedInstance[]): readonly unknown[] {
  return instances.map(({ state }) => {
    const outcome = state.methods[0]?.endings.at(-1);
    return outcome?.kind === "completed" ? outcome.value : outcome;
  });
}

/** The children that instances had. */
export function errandsOf(instances: readonly StartedInstance[]): readonly InstanceKey[] {
  return instances
    .flatMap(({ history }) => history)
    .filter((record) => record.kind === "child")
    .map(({ workflow, workflowId }) => ({ workflow, workflowId }));
}

/**
 * Names the attempts of an instance's tasks, as its history tells them.
 *
 * @throws RangeError when a task has not exactly one outcome
 */
export function attemptsOf({ state, history }: StartedInstance): readonly string[] {
  return history.flatMap((record) => {
    if (record.kind !== "task") return [];
    const about = history.filter((other) => isOutcome(other) && other.command === record.id);
    const kinds = about.map(({ kind }) => kind);
    const taskId = scopedId(state.key, record.id);
    if (kinds.filter((kind) => kind !== "attempt-failed").join() !== "task-completed")
      throw new RangeError(`expected task ${taskId} to have completed once, got ${kinds}`);
    return kinds.map((_, attempt) => attemptName({ taskId, sequence: 0, attempt }));
  });
}

const OUTCOMES = ["attempt-failed", "task-completed", "task-failed", "task-timed-out"] as const;

function isOutcome(record: HistoryRecord): record is HistoryRecord & { kind: (typeof OUTCOMES)[number] } {
  return OUTCOMES.some((kind) => kind === record.kind);
}
