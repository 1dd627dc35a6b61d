import { InfiniticError } from "../core/errors.ts";
import { failureOf } from "../core/failure.ts";
import type { CommandId } from "../core/ids.ts";
import type { Outcome } from "../core/outcome.ts";
import type { PropertyWatch } from "./property-watch.ts";
import { machineSleep, type Sleep } from "./sleep.ts";

/** An inline task that runs, and what watches the properties that it must leave alone. */
interface Running {
  readonly outcome: Promise<Outcome>;
  readonly watch: PropertyWatch | undefined;
}

/** An inline task that has ended. */
export interface EndedInline {
  readonly command: CommandId;
  readonly outcome: Outcome;
  /** Whether it has changed properties: what is in memory is not what a replay would make. */
  readonly isSpoiled: boolean;
}

/** The inline tasks of an instance that run. */
export class RunningInlines {
  /** What their timeouts go by. */
  readonly sleep: Sleep;
  readonly #running = new Map<CommandId, Running>();

  constructor(sleep: Sleep = machineSleep) {
    this.sleep = sleep;
  }

  /** Runs one; its first stretch at once. */
  start(id: CommandId, run: () => Promise<Outcome>, watch: PropertyWatch | undefined): void {
    watch?.open();
    const outcome = run();
    watch?.close();
    this.#running.set(id, { outcome, watch });
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
    const running = [...this.#running].map(async ([command, { outcome }]) => ({
      command,
      outcome: await outcome,
    }));
    const watches = new Set([...this.#running.values()].flatMap(({ watch }) => watch ?? []));
    for (const watch of watches) watch.open();
    const first = await Promise.race(running);
    for (const watch of watches) watch.close();
    const changed = this.#running.get(first.command)?.watch?.takeChanged();
    this.#running.delete(first.command);
    if (changed === undefined) return { ...first, isSpoiled: false };
    const message = `expected an inline task to leave the properties of the workflow alone, got another value in ${changed}: return it, and assign it outside of the task`;
    const failure = failureOf(new InfiniticError("INVALID_INLINE", message));
    return { ...first, outcome: { kind: "failed", failure }, isSpoiled: true };
  }
}
