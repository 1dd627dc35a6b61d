import type { Clock } from "../../ports/clock.ts";
import { MemoryDueStore } from "./due-store.ts";
import { MemoryIdempotencyKeys } from "./idempotency-keys.ts";
import { MemoryInstanceList } from "./instance-list.ts";
import { MemoryPastRuns } from "./past-runs.ts";
import { MemoryPayloadStore } from "./payload-store.ts";
import { MemoryStateStore } from "./state-store.ts";
import { MemoryTagIndex } from "./tag-index.ts";

/**
 * Makes all stores in this process.
 *
 * @example
 * const { stateStore, tagIndex } = memoryStores({ clock });
 */
export function memoryStores({ clock }: { readonly clock: Clock }) {
  const stateStore = new MemoryStateStore({ clock });
  return {
    stateStore,
    dueStore: new MemoryDueStore(),
    tagIndex: new MemoryTagIndex(),
    pastRuns: new MemoryPastRuns({ clock }),
    instanceList: new MemoryInstanceList({ stateStore }),
    idempotencyKeys: new MemoryIdempotencyKeys({ clock }),
    payloadStore: new MemoryPayloadStore(),
  };
}
