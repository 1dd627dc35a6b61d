import type { Clock } from "../../ports/clock.ts";
import type { PastRuns } from "../../ports/past-runs.ts";
import type { Consumed, InstanceKey } from "../../ports/state-store.ts";
import { instancePartition, pastRunSortKey } from "../dynamodb/keys.ts";
import { isOver } from "../dynamodb/stored-item.ts";

/**
 * Keeps past runs in this process; lost with the process.
 *
 * @example
 * const pastRuns = new MemoryPastRuns({ clock });
 * await pastRuns.add({ workflow: "Booking", workflowId: "42" }, "run-1", Math.ceil(clock.now() / 1_000) + 86_400);
 */
export class MemoryPastRuns implements PastRuns {
  readonly #clock: Clock;
  /** By instance and run. */
  readonly #expiresAt = new Map<string, number>();

  /** @param options `clock`: what expiry goes by */
  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  async add(key: InstanceKey, run: string, expiresAt: number): Promise<Consumed> {
    this.#expiresAt.set(nameOf(key, run), expiresAt);
    return { readUnits: 0, writeUnits: 1 };
  }

  async has(key: InstanceKey, run: string): Promise<Consumed & { readonly isPast: boolean }> {
    const expiresAt = this.#expiresAt.get(nameOf(key, run));
    const isPast = expiresAt !== undefined && !isOver(expiresAt, this.#clock.now());
    return { isPast, readUnits: 1, writeUnits: 0 };
  }
}

function nameOf(key: InstanceKey, run: string): string {
  return `${instancePartition(key)} ${pastRunSortKey(run)}`;
}
