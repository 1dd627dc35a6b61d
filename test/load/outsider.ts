import { setTimeout as sleep } from "node:timers/promises";
import type { EngineMessage } from "../../lib/core/protocol/messages.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import { parseTaskId } from "../../lib/core/values/ids.ts";
import type { Broker } from "../../lib/ports/broker.ts";
import type { PayloadStore } from "../../lib/ports/payload-store.ts";
import type { Journey as Program, Step } from "../simulation/program.ts";
import { headOf } from "../simulation/requests.ts";
import type { Handover, Handovers } from "./handovers.ts";
import { Sender } from "./sender.ts";

/** Of those who got a task, so many say a few times that they work on it, and so many complete it twice. */
const EVERY_WORKED_ON = 2;
const EVERY_DOUBLED = 4;
/** Of those who got a task that is watched, so many are never heard of again. */
const EVERY_ABANDONED = 4;
const BEATS = { count: 3, apartMs: 500 };
/** Together longer than it may be silent (`heartbeatTimeout` of the simulation's service), one alone much shorter. */
const BEATS_OF_WATCHED = { count: 5, apartMs: 5_000 };

/**
 * Somebody outside, who completes the tasks that are handed over, each with ids of its own: a task that is handed over
 * again is the same to them. Some say that they work on it first, some complete it once more, with another result; of
 * those that are watched some are abandoned.
 */
export class Outsider {
  /** Tasks about which not all is said. */
  pending = 0;
  /** Tasks that were completed, and heartbeats. */
  readonly tally = { completed: 0, heartbeats: 0, completedAgain: 0, abandoned: 0 };
  readonly #handovers: Handovers;
  readonly #sender: Sender;
  readonly #known = new Set<string>();
  /** What nobody completes: it must time out. */
  readonly #neglected = new Set<string>();

  constructor(options: {
    readonly handovers: Handovers;
    readonly broker: Broker;
    readonly payloadStore: PayloadStore;
  }) {
    this.#handovers = options.handovers;
    this.#sender = new Sender(options);
  }

  /** Tells of a journey before it begins. */
  expect({ lives }: Program): void {
    for (const name of lives.flatMap(overdueIn)) this.#neglected.add(name);
  }

  /** Looks whether something was handed over. */
  async look(): Promise<void> {
    for (const handover of await this.#handovers.take()) {
      if (this.#known.has(handover.taskId) || this.#neglected.has(handover.name)) continue;
      this.#known.add(handover.taskId);
      void this.#complete(handover, this.#known.size);
    }
  }

  async #complete({ taskId, name, isWatched }: Handover, nth: number): Promise<void> {
    if (isWatched && nth % EVERY_ABANDONED === 0) {
      this.tally.abandoned += 1;
      return;
    }
    this.pending += 1;
    const task = parseTaskId(taskId);
    if (task === undefined) throw new InfiniticError("TASK_UNKNOWN", `expected a task's id, got ${taskId}`);
    const send = (what: Pick<EngineMessage, "kind"> & object): Promise<void> =>
      this.#sender.send({ ...headOf(crypto.randomUUID(), Date.now()), ...task, ...what } as EngineMessage);
    const { count, apartMs } = isWatched ? BEATS_OF_WATCHED : BEATS;
    for (let beat = 0; (isWatched || nth % EVERY_WORKED_ON === 0) && beat < count; beat += 1) {
      await send({ kind: "heartbeat" });
      this.tally.heartbeats += 1;
      await sleep(apartMs);
    }
    const completed = (value: string) => {
      return { kind: "delegated-result", outcome: { kind: "completed", value } } as const;
    };
    await send(completed(`${name} completed`));
    this.tally.completed += 1;
    if (nth % EVERY_DOUBLED === 0) {
      await send(completed(`${name} completed too late`));
      this.tally.completedAgain += 1;
    }
    this.pending -= 1;
  }
}

/** The names of the tasks that nobody is to complete. */
function overdueIn(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step) => {
    if (step.do === "overdue") return [step.name];
    if (step.do === "child") return overdueIn(step.steps);
    return step.do === "parallel" ? step.branches.flatMap(overdueIn) : [];
  });
}
