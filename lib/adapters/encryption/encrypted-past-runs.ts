import type { PastRun, PastRuns } from "../../ports/past-runs.ts";
import type { Consumed, InstanceKey } from "../../ports/state-store.ts";
import type { Cipher } from "./cipher.ts";

/**
 * Keeps outcomes of runs encrypted in other past runs.
 *
 * @example
 * const pastRuns = new EncryptedPastRuns({ store: stores.pastRuns, cipher });
 */
export class EncryptedPastRuns implements PastRuns {
  readonly #store: PastRuns;
  readonly #cipher: Cipher;

  constructor({ store, cipher }: { readonly store: PastRuns; readonly cipher: Cipher }) {
    this.#store = store;
    this.#cipher = cipher;
  }

  async add(
    key: InstanceKey,
    start: string,
    run: string,
    expiresAt: number,
    outcome?: Uint8Array,
  ): Promise<Consumed> {
    const envelope = outcome && (await this.#cipher.encrypt(outcome, placeOf(key, start)));
    return this.#store.add(key, start, run, expiresAt, envelope);
  }

  async find(key: InstanceKey, start: string): Promise<Consumed & Partial<PastRun>> {
    const { outcome, ...found } = await this.#store.find(key, start);
    if (!outcome) return found;
    return { ...found, outcome: await this.#cipher.decrypt(outcome, placeOf(key, start)) };
  }
}

function placeOf({ workflow, workflowId }: InstanceKey, start: string): string {
  return `past-run:${workflow}:${workflowId}:${start}`;
}
