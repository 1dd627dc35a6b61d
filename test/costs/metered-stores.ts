import { SHARDS } from "../../lib/adapters/dynamodb/keys.ts";
import type { DueStore } from "../../lib/ports/due-store.ts";
import type { LeaseStore } from "../../lib/ports/lease-store.ts";
import type { Consumed, StateStore } from "../../lib/ports/state-store.ts";

/** DynamoDB's request units, as they add up. */
export class Units {
  read = 0;
  write = 0;

  add<T extends Consumed>(consumed: T): T {
    this.read += consumed.readUnits;
    this.write += consumed.writeUnits;
    return consumed;
  }
}

export function meteredStateStore(store: StateStore, units: Units): StateStore {
  return {
    load: async (key) => units.add(await store.load(key)),
    commit: async (key, next, expected) => units.add(await store.commit(key, next, expected)),
    putChunk: async (key, chunk) => units.add(await store.putChunk(key, chunk)),
    loadChunks: async (key, run) => units.add(await store.loadChunks(key, run)),
    deleteRun: async (key, run) => units.add(await store.deleteRun(key, run)),
  };
}

export function meteredDueStore(store: DueStore, units: Units): DueStore {
  return {
    put: async (due) => units.add(await store.put(due)),
    read: (minute, limit) => {
      units.read += SHARDS.length; // an empty partition costs a unit too
      return store.read(minute, limit);
    },
    remove: (items) => {
      units.write += items.length;
      return store.remove(items);
    },
    loadCursor: () => {
      units.read += 1;
      return store.loadCursor();
    },
    moveCursor: (previous, next) => {
      units.write += 1;
      return store.moveCursor(previous, next);
    },
  };
}

export function meteredLeases(store: LeaseStore, units: Units): LeaseStore {
  return {
    read: (slot) => {
      units.read += 1;
      return store.read(slot);
    },
    replace: (slot, owner, next) => {
      units.write += 1;
      return store.replace(slot, owner, next);
    },
  };
}
