import type { Clock } from "../../ports/clock.ts";
import type {
  Chunk,
  CommitResult,
  Consumed,
  InstanceKey,
  StateItem,
  StateStore,
} from "../../ports/state-store.ts";
import { encodeChunk } from "../dynamodb/chunk-item.ts";
import { chunkSortKey, instancePartition } from "../dynamodb/keys.ts";
import { listWriteUnits } from "../dynamodb/list-row.ts";
import { encodeState, live } from "../dynamodb/state-item.ts";
import { checkItemFits, itemBytes, readUnits, writeUnits } from "../dynamodb/stored-item.ts";

interface Partition {
  readonly key: InstanceKey;
  state?: StateItem;
  readonly chunks: Map<string, Chunk>;
}

/**
 * Keeps instances in this process, under DynamoDB's conditions and at DynamoDB's prices; lost with the process.
 *
 * @example
 * const store = new MemoryStateStore({ clock });
 * const key = { workflow: "Booking", workflowId: "42" };
 * await store.commit(key, { v: "1", body: new Uint8Array([1]), status: "running" }, undefined);
 */
export class MemoryStateStore implements StateStore {
  readonly #clock: Clock;
  readonly #partitions = new Map<string, Partition>();

  /** @param options `clock`: what expiry goes by */
  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  async load(key: InstanceKey): Promise<Consumed & { readonly item: StateItem | undefined }> {
    const stored = this.#partitions.get(instancePartition(key))?.state;
    const item = live(stored, this.#clock.now());
    return { item, readUnits: readUnits(bytesOf(key, stored)), writeUnits: 0 };
  }

  async commit(key: InstanceKey, next: StateItem, expected: string | undefined): Promise<CommitResult> {
    const bytes = checkItemFits(encodeState(key, next));
    const partition = this.#partition(key);
    const consumed = { readUnits: 0, writeUnits: writeUnits(bytes, bytesOf(key, partition.state)) };
    const forList = listWriteUnits(key, partition.state, next);
    const current = live(partition.state, this.#clock.now());
    if (current?.v === expected) {
      partition.state = next;
      return { committed: true, readUnits: 0, writeUnits: consumed.writeUnits + forList };
    }
    // The very token that we write is there already: this is our own write, sent again.
    if (current?.v === next.v) return { committed: true, ...consumed };
    return { committed: false, current, ...consumed };
  }

  async putChunk(key: InstanceKey, chunk: Chunk): Promise<Consumed> {
    const bytes = checkItemFits(encodeChunk(key, chunk));
    this.#partition(key).chunks.set(chunkSortKey(chunk.run, chunk.number, chunk.nonce), chunk);
    return { readUnits: 0, writeUnits: writeUnits(bytes) };
  }

  async loadChunks(key: InstanceKey, run: string): Promise<Consumed & { readonly chunks: readonly Chunk[] }> {
    const chunks = this.#chunksOf(key, run).map(([, chunk]) => chunk);
    return {
      chunks,
      readUnits: readUnits(sum(chunks.map((chunk) => chunkBytes(key, chunk)))),
      writeUnits: 0,
    };
  }

  async deleteRun(key: InstanceKey, run: string): Promise<Consumed> {
    const found = this.#chunksOf(key, run);
    const bytes = found.map(([, chunk]) => chunkBytes(key, chunk));
    for (const [sortKey] of found) this.#partitions.get(instancePartition(key))?.chunks.delete(sortKey);
    return { readUnits: readUnits(sum(bytes)), writeUnits: sum(bytes.map((size) => writeUnits(size))) };
  }

  /** Every instance that has a live item. */
  *instances(): Generator<InstanceKey & { readonly item: StateItem }> {
    for (const { key, state } of this.#partitions.values()) {
      const item = live(state, this.#clock.now());
      if (item !== undefined) yield { ...key, item };
    }
  }

  /** By number. */
  #chunksOf(key: InstanceKey, run: string): readonly (readonly [sortKey: string, chunk: Chunk])[] {
    const stored = this.#partitions.get(instancePartition(key))?.chunks ?? [];
    return [...stored].filter(([, chunk]) => chunk.run === run).sort(bySortKey);
  }

  #partition(key: InstanceKey): Partition {
    const name = instancePartition(key);
    let partition = this.#partitions.get(name);
    if (partition === undefined) {
      partition = { key, chunks: new Map() };
      this.#partitions.set(name, partition);
    }
    return partition;
  }
}

function bytesOf(key: InstanceKey, state: StateItem | undefined): number {
  return state === undefined ? 0 : itemBytes(encodeState(key, state));
}

function chunkBytes(key: InstanceKey, chunk: Chunk): number {
  return itemBytes(encodeChunk(key, chunk));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function bySortKey([a]: readonly [string, Chunk], [b]: readonly [string, Chunk]): number {
  return a < b ? -1 : 1;
}
