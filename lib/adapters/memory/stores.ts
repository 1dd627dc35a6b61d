import type { Clock } from "../../ports/clock.ts";
import { MemoryDueStore } from "./due-store.ts";
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
  return {
    stateStore: new MemoryStateStore({ clock }),
    dueStore: new MemoryDueStore(),
    tagIndex: new MemoryTagIndex(),
    pastRuns: new MemoryPastRuns({ clock }),
    payloadStore: new MemoryPayloadStore(),
  };
}
