import { InfiniticError } from "../core/values/errors.ts";
import { failureOf } from "../core/values/failure.ts";
import type { CommandId } from "../core/values/ids.ts";
import type { Outcome } from "../core/values/outcome.ts";
import type { WatchedInline } from "./property-watch.ts";
import { machineSleep, type Sleep } from "./sleep.ts";
import { watchInline } from "./step-watch.ts";

interface Running {
  readonly outcome: Promise<Outcome>;
  readonly task: WatchedInline | undefined;
}

/** An inline task that has ended. */
export interface EndedInline {
  readonly command: CommandId;
  readonly outcome: Outcome;
}

/** The inline tasks of an instance that run. */
export class RunningInlines {
  /** What their timeouts go by. */
  readonly sleep: Sleep;
  readonly #running = new Map<CommandId, Running>();

  constructor(sleep: Sleep = machineSleep) {
    this.sleep = sleep;
  }

  /** Those that must leave the workflow's properties alone. */
  get watched(): readonly WatchedInline[] {
    return [...this.#running.values()].flatMap(({ task }) => task ?? []);
  }

  /** Runs one; its first stretch at once. */
  start(id: CommandId, run: () => Promise<Outcome>, task: WatchedInline | undefined): void {
    this.#running.set(id, { outcome: task ? watchInline(task, run) : run(), task });
  }

  /** Takes over those of another execution of the instance, as far as the code has issued them. */
  adopt(replaced: RunningInlines, isIssued: (id: CommandId) => boolean): void {
    for (const [id, running] of replaced.#running) if (isIssued(id)) this.#running.set(id, running);
  }

  /**
   * Waits for the next one, while no code of the workflow runs; undefined if none is running. One that has changed a
   * property has failed, whatever came of it.
   */
  async next(): Promise<EndedInline | undefined> {
    if (this.#running.size === 0) return undefined;
    const ended = [...this.#running].map(async ([command, { outcome, task }]) => ({
      command,
      outcome: await outcome,
      task,
    }));
    const { command, outcome, task } = await Promise.race(ended);
    this.#running.delete(command);
    task?.watch.settle();
    return { command, outcome: task?.changed === undefined ? outcome : refused(task.changed) };
  }
}

function refused(property: string): Outcome {
  const message = `expected an inline task to leave the properties of the workflow alone, got another value in ${property}: return it, and assign it outside of the task`;
  return { kind: "failed", failure: failureOf(new InfiniticError("INVALID_INLINE", message)) };
}
