import type { Clock } from "../../ports/clock.ts";
import type {
  Chunk,
  CommitResult,
  Consumed,
  InstanceKey,
  StateItem,
  StateStore,
} from "../../ports/state-store.ts";

const BYTES_PER_WRITE_UNIT = 1024;
const BYTES_PER_READ_UNIT = 4096;

/** Keeps instances in memory, with DynamoDB's conditions and its rules for consumed units. */
export class MemoryStateStore implements StateStore {
  readonly #clock: Clock;
  readonly #items = new Map<string, StateItem>();
  readonly #chunks = new Map<string, Chunk[]>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  async load(key: InstanceKey): Promise<Consumed & { readonly item: StateItem | undefined }> {
    const item = this.#live(key);
    return { item, readUnits: readUnits(item?.body.length ?? 0), writeUnits: 0 };
  }

  async commit(key: InstanceKey, next: StateItem, expected: string | undefined): Promise<CommitResult> {
    const current = this.#live(key);
    const size = Math.max(next.body.length, current?.body.length ?? 0);
    const consumed = { readUnits: 0, writeUnits: Math.ceil((size + 1) / BYTES_PER_WRITE_UNIT) };
    if (current?.v !== expected) return { ...consumed, committed: false, current };
    this.#items.set(nameOf(key), { ...next, body: Uint8Array.from(next.body) });
    return { ...consumed, committed: true };
  }

  async putChunk(key: InstanceKey, chunk: Chunk): Promise<Consumed> {
    const name = `${nameOf(key)}#${chunk.run}`;
    const chunks = this.#chunks.get(name) ?? [];
    chunks.push(chunk);
    this.#chunks.set(name, chunks);
    return { readUnits: 0, writeUnits: Math.ceil((chunk.body.length + 1) / BYTES_PER_WRITE_UNIT) };
  }

  async loadChunks(key: InstanceKey, run: string): Promise<Consumed & { readonly chunks: readonly Chunk[] }> {
    const chunks = (this.#chunks.get(`${nameOf(key)}#${run}`) ?? []).toSorted((a, b) => a.number - b.number);
    const bytes = chunks.reduce((sum, { body }) => sum + body.length, 0);
    return { chunks, readUnits: readUnits(bytes), writeUnits: 0 };
  }

  #live(key: InstanceKey): StateItem | undefined {
    const item = this.#items.get(nameOf(key));
    const isExpired = item?.expiresAt !== undefined && item.expiresAt * 1_000 <= this.#clock.now();
    return isExpired ? undefined : item;
  }
}

function nameOf({ workflow, workflowId }: InstanceKey): string {
  return `${workflow}#${workflowId}`;
}

function readUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BYTES_PER_READ_UNIT));
}
