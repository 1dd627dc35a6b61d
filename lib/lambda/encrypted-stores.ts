import { randomBytes } from "node:crypto";
import type { Cipher } from "../adapters/encryption/cipher.ts";
import { EncryptedDueStore } from "../adapters/encryption/encrypted-due-store.ts";
import { EncryptedPastRuns } from "../adapters/encryption/encrypted-past-runs.ts";
import { EncryptedPayloadStore } from "../adapters/encryption/encrypted-payload-store.ts";
import { EncryptedStateStore } from "../adapters/encryption/encrypted-state-store.ts";
import type { DueStore } from "../ports/due-store.ts";
import type { PastRuns } from "../ports/past-runs.ts";
import type { PayloadStore } from "../ports/payload-store.ts";
import type { StateStore } from "../ports/state-store.ts";

/** The stores that keep users' values. */
interface ValueStores {
  readonly stateStore: StateStore;
  readonly dueStore: DueStore;
  readonly payloadStore: PayloadStore;
  readonly pastRuns: PastRuns;
}

/** Keeps users' values encrypted in given stores, with the salt that this takes. */
export function encryptedStores<S extends ValueStores>(
  stores: S,
  cipher: Cipher,
): Omit<S, keyof ValueStores> & ValueStores & { readonly salt: () => string } {
  return {
    ...stores,
    stateStore: new EncryptedStateStore({ store: stores.stateStore, cipher }),
    dueStore: new EncryptedDueStore({ store: stores.dueStore, cipher }),
    payloadStore: new EncryptedPayloadStore({ store: stores.payloadStore, cipher }),
    pastRuns: new EncryptedPastRuns({ store: stores.pastRuns, cipher }),
    salt: () => randomBytes(16).toString("base64url"),
  };
}
