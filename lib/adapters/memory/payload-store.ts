import type { RunKey } from "../../core/values/ids.ts";
import { isOwnedBy, type PayloadReference } from "../../core/values/payload.ts";
import type { PayloadStore } from "../../ports/payload-store.ts";
import { fromPayload, missingError, placeOf, toPayload } from "../payload-content.ts";

/** As errors call it. */
const PLACE = "this process";

/**
 * Keeps payloads in this process; lost with the process.
 *
 * @example
 * const store = new MemoryPayloadStore();
 * const { key } = await store.put({ workflow: "Booking", workflowId: "42", run: "r1" }, '"a long text"');
 * await store.get(key);
 */
export class MemoryPayloadStore implements PayloadStore {
  readonly #bodies = new Map<string, Uint8Array>();

  async put(run: RunKey, text: string): Promise<PayloadReference> {
    const { reference, body } = toPayload(run, text);
    this.#bodies.set(reference.key, body);
    return reference;
  }

  async get(key: string): Promise<string> {
    const place = placeOf(key, PLACE);
    const body = this.#bodies.get(key);
    if (body) return fromPayload(place, body);
    throw missingError(key, PLACE);
  }

  async deleteRun(run: RunKey): Promise<void> {
    for (const key of this.#bodies.keys()) if (isOwnedBy({ key }, run)) this.#bodies.delete(key);
  }
}
