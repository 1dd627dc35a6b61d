import type { Clock } from "../../ports/clock.ts";
import type { PastRun, PastRuns } from "../../ports/past-runs.ts";
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
  readonly #entries = new Map<string, PastRun & { readonly expiresAt: number }>();

  /** @param options `clock`: what expiry goes by */
  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  async add(
    key: InstanceKey,
    start: string,
    run: string,
    expiresAt: number,
    outcome?: Uint8Array,
  ): Promise<Consumed> {
    this.#entries.set(nameOf(key, start), { run, expiresAt, ...(outcome && { outcome }) });
    return { readUnits: 0, writeUnits: Math.max(1, Math.ceil((outcome?.byteLength ?? 0) / 1_024)) };
  }

  async find(key: InstanceKey, start: string): Promise<Consumed & Partial<PastRun>> {
    const { expiresAt, ...entry } = this.#entries.get(nameOf(key, start)) ?? { expiresAt: 0 };
    const isThere = !isOver(expiresAt, this.#clock.now());
    const readUnits = Math.max(
      1,
      Math.ceil((("outcome" in entry && entry.outcome?.byteLength) || 0) / 4_096),
    );
    return { ...(isThere && entry), readUnits, writeUnits: 0 };
  }
}

function nameOf(key: InstanceKey, start: string): string {
  return `${instancePartition(key)} ${pastRunSortKey(start)}`;
}
