/** Which instance. Two workflows of different names with the same id are unrelated. */
export interface InstanceKey {
  readonly workflow: string;
  readonly workflowId: string;
}

/** The one item that holds an instance. */
export interface StateItem {
  /** The version token: changes with every commit. */
  readonly v: string;
  /** The encoded state; opaque here. */
  readonly body: Uint8Array;
  /** Projected beside the body, for readers that only wait. */
  readonly status: string;
  /** Epoch seconds after which the item counts as absent. */
  readonly expiresAt?: number;
  /** By what it stands in the list of instances; absent: it does not. Epoch milliseconds. */
  readonly listed?: { readonly startedAt: number };
}

/** An immutable piece of an instance's history. */
export interface Chunk {
  readonly run: string;
  /** 0, 1, 2 … in a run. */
  readonly number: number;
  /** Tells apart two functions that wrote the same number: only the committed one is referred to. */
  readonly nonce: string;
  readonly body: Uint8Array;
}

/** What a call consumed, in DynamoDB's units. */
export interface Consumed {
  readonly readUnits: number;
  readonly writeUnits: number;
}

export type CommitResult = Consumed &
  (
    | { readonly committed: true }
    /** Another write came first; `current` is the item as it stands, undefined when it is gone. */
    | { readonly committed: false; readonly current: StateItem | undefined }
  );

/**
 * Instances, one item each, written conditionally.
 *
 * Guaranteed: a commit succeeds only if the item's token is still `expected` (undefined: no live item); a
 * load sees every commit that was answered before it began. Not guaranteed: that a rejected commit was not
 * written (its answer may have been lost: load, and compare tokens).
 *
 * @throws InfiniticError `STORE_THROTTLED`, `STORE_UNAVAILABLE`: nothing is known, try again later;
 * `ITEM_TOO_LARGE`: nothing was written.
 */
export interface StateStore {
  load(key: InstanceKey): Promise<Consumed & { readonly item: StateItem | undefined }>;
  commit(key: InstanceKey, next: StateItem, expected: string | undefined): Promise<CommitResult>;
  /** Writes a chunk before the commit that refers to it. */
  putChunk(key: InstanceKey, chunk: Chunk): Promise<Consumed>;
  /** All chunks of a run, orphans included, by number; consistent. */
  loadChunks(key: InstanceKey, run: string): Promise<Consumed & { readonly chunks: readonly Chunk[] }>;
  /** Deletes all chunks of a run, orphans included; where it threw, or there are none left, it can be done again. */
  deleteRun(key: InstanceKey, run: string): Promise<Consumed>;
}
