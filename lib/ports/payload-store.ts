import type { RunKey } from "../core/values/ids.ts";
import type { PayloadReference } from "../core/values/payload.ts";

/**
 * Values that are too large to travel in messages and history. Each belongs to one run and is never shared.
 *
 * Guaranteed: a payload never changes, because its key tells its content: to put a text again changes nothing
 * (where texts are encrypted, it is another payload), and nobody overwrites what another has put. A `get` finds every
 * payload whose `put` was answered before it began, until its run is deleted. Not guaranteed: that anything refers to
 * a payload (a step may lose its commit after the put); such orphans go with their run.
 *
 * @throws InfiniticError `STORE_THROTTLED`, `STORE_UNAVAILABLE`: nothing is known, try again later; `MISCONFIGURED`
 */
export interface PayloadStore {
  /** @param text well-formed Unicode, such as what JSON.stringify gives */
  put(run: RunKey, text: string): Promise<PayloadReference>;
  /** @throws InfiniticError `PAYLOAD_MISSING`; `STATE_CORRUPT` when it is not what was put */
  get(key: string): Promise<string>;
  /** Deletes every payload of a run, whole or in part, referred to or not; a run that has none is no error. */
  deleteRun(run: RunKey): Promise<void>;
}
