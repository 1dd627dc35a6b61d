import type { Consumed } from "./state-store.ts";

/** A message that waits for a far instant. */
export interface DueItem {
  /** Epoch milliseconds. */
  readonly dueAt: number;
  /** Unique together with `dueAt`; writing the same one again changes nothing. */
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly payload: string;
}

/** A page of due items and where to go on. */
export interface DuePage {
  readonly items: readonly DueItem[];
  /** True when the bucket may hold more than this page. */
  readonly more: boolean;
}

/**
 * Far wake-ups, in buckets of one minute of `dueAt`.
 *
 * Guaranteed: an item that was put before a `read` of its bucket began is in it until it is removed.
 *
 * @throws InfiniticError `STORE_THROTTLED`, `STORE_UNAVAILABLE`
 */
export interface DueStore {
  put(item: DueItem): Promise<Consumed>;
  /** Up to `limit` items of the minute (epoch ms / 60,000, floored), earliest first in each shard. */
  read(minute: number, limit: number): Promise<DuePage>;
  remove(items: readonly Pick<DueItem, "dueAt" | "id">[]): Promise<void>;
  /** The first minute that may still hold items; undefined before the first sweep. */
  loadCursor(): Promise<number | undefined>;
  /** Moves the cursor from `previous` to `next`; false when another sweeper has moved it. */
  moveCursor(previous: number | undefined, next: number): Promise<boolean>;
}
