import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryPayloadStore } from "../../lib/adapters/memory/payload-store.ts";
import type { CommandState } from "../../lib/core/model/command-state.ts";
import { emitsOfEntry } from "../../lib/core/model/outbox.ts";
import type { State } from "../../lib/core/model/state.ts";
import { type InstanceMessage, MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import { failureOf } from "../../lib/core/values/failure.ts";
import { scopedId } from "../../lib/core/values/ids.ts";
import { LiveInstance } from "../../lib/engine/live-instance.ts";
import { accept } from "../../lib/engine/step/accept.ts";
import { DEFAULT_RETENTION } from "../../lib/engine/step/retention.ts";
import { Payloads } from "../../lib/instance/payloads.ts";
import { decodeTip, encodeTip } from "../../lib/instance/tip.ts";
import { installGuards } from "../../lib/runtime/guards.ts";
import { Interpreter, InterpreterV1, program, type Step } from "./program.ts";

installGuards();
const key = { workflow: Interpreter.name, workflowId: "it" };
const versions = new Map([[1, InterpreterV1]]);
const payloads = new Payloads(new MemoryPayloadStore());
const startedAt = Date.UTC(2026, 0, 1);

/** As another sandbox would find it: from the bytes in the store. */
function reload(instance: LiveInstance): LiveInstance {
  const { v, body } = encodeTip(instance.tip(), instance.v);
  return new LiveInstance(key, v, decodeTip(key, body));
}

/** Messages that could arrive now. */
function* arriving(state: State, at: number): Generator<InstanceMessage> {
  const head = { format: MESSAGE_FORMAT, at, ...state.key };
  for (const [command, open] of state.commands) yield* repliesTo(state, command, open, head);
  yield { ...head, kind: "signal", id: `s${at}`, channel: "word", value: `word ${at}` };
  yield { ...head, kind: "wake", id: `w${at}`, dueAt: at };
  yield { ...head, kind: "retry", id: `r${at}` };
  yield { ...head, kind: "retry-tasks", id: `t${at}` };
  yield { ...head, kind: "complete-timers", id: `c${at}` };
  if (state.methods.length < 3) {
    const args = [[{ do: "task", fails: false }, { do: "receive" }]];
    yield { ...head, kind: "method", id: `m${at}`, method: "run", args };
  }
}

function* repliesTo(
  state: State,
  command: string,
  open: CommandState,
  head: { format: number; at: number; workflow: string; workflowId: string; run: string },
): Generator<InstanceMessage> {
  const failure = failureOf(new TypeError(`broken ${command}`));
  const id = scopedId(state.key, command);
  if (open.command.kind === "task" && open.status !== "completed") {
    yield { ...head, kind: "task-completed", id, command, value: command };
    if (open.status === "pending" && open.retryAt === undefined) {
      const { sequence, attempt } = open;
      const failed = {
        ...head,
        kind: "attempt-failed",
        id: `${id}:${attempt}`,
        command,
        sequence,
        attempt,
      } as const;
      yield { ...failed, failure };
      const outcome = { kind: "failed", failure } as const;
      yield { ...head, kind: "delegated-result", id: `${id}:r${head.at}`, command, outcome };
      yield { ...head, kind: "heartbeat", id: `${id}:h${head.at}`, command };
      const delegated = {
        ...head,
        kind: "task-delegated",
        id: `${id}:d`,
        command,
        sequence,
        attempt,
      } as const;
      if (!open.isDelegated) yield { ...delegated, heartbeatMs: 1_000 };
      yield { ...failed, failure, nextInMs: 1_000 };
    }
  }
  if (open.command.kind === "child" && open.status !== "completed") {
    const number = open.lastEnding + 1;
    yield {
      ...head,
      kind: "child-ended",
      id: `${id}:c`,
      command,
      number,
      outcome: { kind: "completed", value: 1 },
    };
    yield {
      ...head,
      kind: "child-ended",
      id: `${id}:f`,
      command,
      number,
      outcome: { kind: "failed", failure },
    };
  }
}

const emitsOf = (instance: LiveInstance) =>
  instance.outbox.map((entry) => emitsOfEntry(instance.state as State, instance.history, entry));

const task = { do: "task", fails: false } as const;

/** Found by search: what a method had left running went on after it failed, but not in a replay. */
const branchOfFailedMethod: [readonly Step[], number[]] = [
  [
    {
      do: "any",
      steps: [{ do: "child" }, { do: "finally", body: [{ do: "timer", ms: 1 }], last: [task, task] }],
    },
    { do: "any", steps: [task] },
  ],
  [0, 120_884_695, 7_354_754],
];

test("a replay from the store does what the warm code does, and a message seen before changes nothing", async () => {
  const property = fc.asyncProperty(
    program,
    fc.array(fc.nat(), { maxLength: 40 }),
    async (steps, choices) => {
      const warm = new LiveInstance(key, undefined);
      let cold = new LiveInstance(key, undefined);
      let at = startedAt;
      const options = () => ({ versions, payloads, now: at, run: true, retention: DEFAULT_RETENTION });
      const applyToBoth = async (message: InstanceMessage): Promise<void> => {
        cold = reload(cold);
        await accept(warm, message, options());
        await accept(cold, message, options());
        expect(cold.stopped).toBeUndefined();
        expect(cold.history).toEqual(warm.history);
        expect(emitsOf(reload(warm))).toEqual(emitsOf(warm));
        if (message.kind === "wake") return;
        const before = warm.history.length;
        await accept(warm, message, options());
        expect(warm.history.length).toBe(before);
      };
      const start = { kind: "start", format: MESSAGE_FORMAT, id: "run", at, ...key, method: "run" } as const;
      await applyToBoth({ ...start, args: [steps as never] });
      for (const choice of choices) {
        at += choice % 3_000;
        const candidates = [...arriving(warm.state as State, at)];
        await applyToBoth(candidates[choice % candidates.length] as InstanceMessage);
      }
    },
  );
  await fc.assert(property, { numRuns: 300, examples: [branchOfFailedMethod] });
});
