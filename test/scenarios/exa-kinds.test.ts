import { expect } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { Correspondence, Deliveries, type Part } from "./deliveries.ts";
import { scenariosWith } from "./scenario.ts";

/** Nobody runs its tasks: what they come to is told by message. */
interface Desk {
  work(): string;
}
const Desk = defineService<Desk>("Desk");

interface Stay {
  wait(): Promise<readonly string[]>;
  task(): Promise<string>;
  rest(): Promise<void>;
  child(): Promise<string>;
  ask(): Promise<string>;
  readonly word: Channel<string>;
}
const Stay = defineWorkflow<Stay>("Stay");

class StayV1 extends Workflow implements Stay {
  readonly word = channel<string>();
  readonly #desk = newService(Desk);

  async wait(): Promise<readonly string[]> {
    return [await this.word.receive(), await this.word.receive()];
  }
  task(): Promise<string> {
    return this.#desk.work().then((done) => done);
  }
  async rest(): Promise<void> {
    await timer("300d");
  }
  async child(): Promise<string> {
    return newWorkflow(Stay).ask();
  }
  async ask(): Promise<string> {
    return this.#desk.work();
  }
}

const FAILURE = { name: "RangeError", message: "no" };
const CALLER = { workflow: "Agency", workflowId: "a", run: "r", command: "0.0" };

/** A row of the table of messages. */
interface Row {
  readonly id: string;
  readonly kind: string;
  /** The method that runs when it comes. */
  readonly during: keyof Stay;
  /** What else the message says. */
  readonly says?: object;
  /** What it leaves in history, once. */
  readonly leaves: HistoryRecord["kind"];
  /** Kept for the start when there is no instance yet; false: dropped. */
  readonly isEarly?: boolean;
  /** Addressed to one run. */
  readonly isReply?: boolean;
  /** What is answered after the end. */
  readonly answersEnded?: readonly string[];
}

const OF_TASK = { command: "0.0", sequence: 0, attempt: 0 };
const ROWS: readonly Row[] = [
  {
    id: "EXA-02",
    kind: "signal",
    during: "wait",
    says: { channel: "word", value: "a" },
    leaves: "signal-received",
    isEarly: true,
  },
  {
    id: "EXA-02",
    kind: "method",
    during: "wait",
    says: { method: "ask", args: [], caller: CALLER },
    leaves: "method-started",
    isEarly: true,
    answersEnded: ["child-ended"],
  },
  { id: "EXA-03", kind: "cancel", during: "wait", leaves: "cancel-requested", isEarly: true },
  { id: "EXA-04", kind: "retry", during: "task", leaves: "retry-requested" },
  { id: "EXA-04", kind: "retry-tasks", during: "task", leaves: "task-retry-requested" },
  { id: "EXA-04", kind: "complete-timers", during: "rest", leaves: "timers-completion-requested" },
  {
    id: "EXA-05",
    kind: "task-completed",
    during: "task",
    says: { command: "0.0", value: "done" },
    leaves: "task-completed",
    isReply: true,
  },
  {
    id: "EXA-06",
    kind: "attempt-failed",
    during: "task",
    says: { ...OF_TASK, failure: FAILURE, nextInMs: 3_600_000 },
    leaves: "attempt-failed",
    isReply: true,
  },
  {
    id: "EXA-06",
    kind: "attempt-failed",
    during: "task",
    says: { ...OF_TASK, failure: FAILURE },
    leaves: "task-failed",
    isReply: true,
  },
  {
    id: "EXA-08",
    kind: "child-ended",
    during: "child",
    says: { command: "0.0", number: 1, outcome: { kind: "completed", value: "done" } },
    leaves: "child-ended",
    isReply: true,
  },
  {
    id: "EXA-09",
    kind: "task-delegated",
    during: "task",
    says: OF_TASK,
    leaves: "task-delegated",
    isReply: true,
  },
  {
    id: "EXA-09",
    kind: "heartbeat",
    during: "task",
    says: { command: "0.0" },
    leaves: "heartbeat",
    isReply: true,
  },
  {
    id: "EXA-09",
    kind: "delegated-result",
    during: "task",
    says: { command: "0.0", outcome: { kind: "completed", value: "done" } },
    leaves: "task-completed",
    isReply: true,
  },
];

const deliveries = new Deliveries();
const scenario = scenariosWith({ workflows: [workflowOf(Stay, StayV1)], wrap: deliveries.wrap });

for (const row of ROWS) {
  const { id, kind, during, leaves, isEarly = false, isReply = false, answersEnded = [] } = row;
  const name = kind === leaves || leaves === "signal-received" ? kind : `${kind} (${leaves})`;
  const parts = (run: string): Part => ({ kind, id: `m-${run}`, ...row.says });

  /** A message of callers names no run. */
  const made = (stay: Correspondence): object => {
    const { run, ...message } = stay.message(parts(stay.run)) as { run: string };
    return isReply ? { ...message, run } : message;
  };

  scenario(
    `${id} † ${name}, delivered twice: its effect is there once, and both send the same`,
    async (stage) => {
      const stay = new Correspondence(deliveries, stage, Stay.name);
      await stay.start(during);
      const before = await stay.count(leaves);
      const message = made(stay);
      const first = await stay.deliver(message);
      const then = await stay.stored();
      expect(await stay.count(leaves)).toBe(before + 1);
      for (let time = 2; time <= 3; time += 1) {
        expect(await stay.deliver(message)).toEqual(first);
        expect(await stay.stored()).toEqual(then);
      }
    },
  );

  const fate = isEarly ? "it waits for the start" : "it is dropped";
  scenario(`${id} † ${name}, without its instance: ${fate}`, async (stage) => {
    const stay = new Correspondence(deliveries, stage, Stay.name);
    const message = made(stay);
    const first = await stay.deliver(message);
    expect(await stay.deliver(message)).toEqual(first);
    const early = await stay.stored();
    expect([early.token !== undefined, early.history]).toEqual([isEarly, []]);
    await stay.start(during);
    const usual = leaves === "method-started" ? 1 : 0;
    expect(await stay.count(leaves)).toBe(usual + (isEarly ? 1 : 0));
    if (isEarly) await stay.deliver(message);
    expect(await stay.count(leaves)).toBe(usual + (isEarly ? 1 : 0));
  });

  const answer = answersEnded.length > 0 ? "whoever waits hears of it" : "nothing happens";
  scenario(`${id} † ${name}, after the end: ${answer}`, async (stage) => {
    const stay = new Correspondence(deliveries, stage, Stay.name);
    await stay.start(during);
    await stay.cancel();
    const ended = await stay.stored();
    const first = await stay.deliver(made(stay));
    expect(first.kinds).toEqual(answersEnded);
    expect(await stay.deliver(made(stay))).toEqual(first);
    expect(await stay.stored()).toEqual(ended);
  });

  if (!isReply) continue;
  scenario(`${id} † ${name}, of another life of the id: nothing happens`, async (stage) => {
    const stay = new Correspondence(deliveries, stage, Stay.name);
    await stay.start(during);
    const before = await stay.stored();
    const other = { ...made(stay), run: "another" };
    expect(await stay.deliver(other)).toMatchObject({ parked: [], failures: [] });
    expect(await stay.stored()).toEqual(before);
  });
}
