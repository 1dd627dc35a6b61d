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
 * await pastRuns.add({ workflow: "Booking", workflowId: "42" }, "run-1", "run-1", Math.ceil(clock.now() / 1_000) + 86_400);
 */
export class MemoryPastRuns implements PastRuns {
  readonly #clock: Clock;
  /** By instance and start. */
  readonly #entries = new Map<string, { readonly run: string; readonly expiresAt: number }>();

  /** @param options `clock`: what expiry goes by */
  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  async add(key: InstanceKey, start: string, run: string, expiresAt: number): Promise<Consumed> {
    this.#entries.set(nameOf(key, start), { run, expiresAt });
    return { readUnits: 0, writeUnits: 1 };
  }

  async find(key: InstanceKey, start: string): Promise<Consumed & { readonly run?: string }> {
    const entry = this.#entries.get(nameOf(key, start));
    const isThere = entry !== undefined && !isOver(entry.expiresAt, this.#clock.now());
    return { ...(isThere && { run: entry.run }), readUnits: 1, writeUnits: 0 };
  }
}

function nameOf(key: InstanceKey, start: string): string {
  return `${instancePartition(key)} ${pastRunSortKey(start)}`;
}
