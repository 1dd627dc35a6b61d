import type { Cipher } from "../adapters/encryption/cipher.ts";
import type { PayloadStore } from "../ports/payload-store.ts";

/** The payload store of a service function, which has no use for stores until it meets a large value. */
export function servicePayloads(cipher: Cipher | undefined): PayloadStore {
  let opened: Promise<PayloadStore> | undefined;
  const open = (): Promise<PayloadStore> => {
    opened ??= import("./stores.ts").then(({ openStores }) => openStores(cipher).payloadStore);
    return opened;
  };
  return {
    put: async (run, text) => (await open()).put(run, text),
    get: async (key) => (await open()).get(key),
    deleteRun: async (run) => (await open()).deleteRun(run),
  };
}
