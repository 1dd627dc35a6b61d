import type { CommandId } from "../core/ids.ts";
import type { Outcome } from "../core/outcome.ts";
import { machineSleep, type Sleep } from "./sleep.ts";

/** The inline tasks of an instance that run. */
export class RunningInlines {
  /** What their timeouts go by. */
  readonly sleep: Sleep;
  readonly #running = new Map<CommandId, Promise<Outcome>>();

  constructor(sleep: Sleep = machineSleep) {
    this.sleep = sleep;
  }

  add(id: CommandId, outcome: Promise<Outcome>): void {
    this.#running.set(id, outcome);
  }

  /** Takes over those of another execution of the instance, as far as the code has issued them. */
  adopt(replaced: RunningInlines, isIssued: (id: CommandId) => boolean): void {
    for (const [id, outcome] of replaced.#running) if (isIssued(id)) this.#running.set(id, outcome);
  }

  /** Waits for the next one; undefined if none is running. */
  async next(): Promise<{ readonly command: CommandId; readonly outcome: Outcome } | undefined> {
    if (this.#running.size === 0) return undefined;
    const running = [...this.#running].map(async ([command, outcome]) => ({
      command,
      outcome: await outcome,
    }));
    const first = await Promise.race(running);
    this.#running.delete(first.command);
    return first;
  }
}
