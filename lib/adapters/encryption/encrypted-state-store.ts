import type {
  Chunk,
  CommitResult,
  Consumed,
  InstanceKey,
  StateItem,
  StateStore,
} from "../../ports/state-store.ts";
import type { Cipher } from "./cipher.ts";

/**
 * Keeps bodies encrypted in another store. A token or a nonce that is a hash of its body tells what is in it to whoever
 * guesses: the engine has to salt them.
 *
 * @example
 * const store = new EncryptedStateStore({ store: stores.stateStore, cipher });
 */
export class EncryptedStateStore implements StateStore {
  readonly #store: StateStore;
  readonly #cipher: Cipher;

  constructor({ store, cipher }: { readonly store: StateStore; readonly cipher: Cipher }) {
    this.#store = store;
    this.#cipher = cipher;
  }

  async load(key: InstanceKey): Promise<Consumed & { readonly item: StateItem | undefined }> {
    const { item, ...consumed } = await this.#store.load(key);
    return { item: item && (await this.#decrypt(key, item)), ...consumed };
  }

  async commit(key: InstanceKey, next: StateItem, expected: string | undefined): Promise<CommitResult> {
    const body = await this.#cipher.encrypt(next.body, statePlace(key));
    const result = await this.#store.commit(key, { ...next, body }, expected);
    if (result.committed || result.current === undefined) return result;
    return { ...result, current: await this.#decrypt(key, result.current) };
  }

  async putChunk(key: InstanceKey, chunk: Chunk): Promise<Consumed> {
    const body = await this.#cipher.encrypt(chunk.body, chunkPlace(key, chunk));
    return this.#store.putChunk(key, { ...chunk, body });
  }

  async loadChunks(key: InstanceKey, run: string): Promise<Consumed & { readonly chunks: readonly Chunk[] }> {
    const { chunks, ...consumed } = await this.#store.loadChunks(key, run);
    const decrypted = chunks.map(async (chunk) => ({
      ...chunk,
      body: await this.#cipher.decrypt(chunk.body, chunkPlace(key, chunk)),
    }));
    return { chunks: await Promise.all(decrypted), ...consumed };
  }

  deleteRun(key: InstanceKey, run: string): Promise<Consumed> {
    return this.#store.deleteRun(key, run);
  }

  async #decrypt(key: InstanceKey, item: StateItem): Promise<StateItem> {
    return { ...item, body: await this.#cipher.decrypt(item.body, statePlace(key)) };
  }
}

function statePlace({ workflow, workflowId }: InstanceKey): string {
  return `state:${workflow}:${workflowId}`;
}

function chunkPlace({ workflow, workflowId }: InstanceKey, { run, number, nonce }: Chunk): string {
  return `chunk:${workflow}:${workflowId}:${run}:${number}:${nonce}`;
}
