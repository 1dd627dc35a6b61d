import type { DueItem, DuePage, DueStore } from "../../ports/due-store.ts";
import type { Consumed } from "../../ports/state-store.ts";
import type { Cipher } from "./cipher.ts";
import { encryptMessage } from "./encrypted-message.ts";

/** Keeps messages encrypted in another store. They are read so too: they go on to their topic as they are. */
export class EncryptedDueStore implements DueStore {
  readonly #store: DueStore;
  readonly #cipher: Cipher;

  constructor({ store, cipher }: { readonly store: DueStore; readonly cipher: Cipher }) {
    this.#store = store;
    this.#cipher = cipher;
  }

  async put(item: DueItem): Promise<Consumed> {
    return this.#store.put(encryptMessage(await this.#cipher.ready(1), item));
  }

  read(minute: number, limit: number): Promise<DuePage> {
    return this.#store.read(minute, limit);
  }

  remove(items: readonly Pick<DueItem, "dueAt" | "id">[]): Promise<void> {
    return this.#store.remove(items);
  }

  loadCursor(): Promise<number | undefined> {
    return this.#store.loadCursor();
  }

  moveCursor(previous: number | undefined, next: number): Promise<boolean> {
    return this.#store.moveCursor(previous, next);
  }
}
