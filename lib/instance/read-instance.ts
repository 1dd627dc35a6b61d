import type { State } from "../core/model/state.ts";
import type { InstanceKey, StateItem, StateStore } from "../ports/state-store.ts";
import { loadRecords } from "./chunks.ts";
import { Instance } from "./instance.ts";
import { decodeTip } from "./tip.ts";

/** An instance that has begun. */
export type StartedInstance = Instance & { readonly state: State };

/** Reads an instance as it is committed; undefined when it is unknown, or only early messages wait for it. */
export async function readInstance(
  store: StateStore,
  key: InstanceKey,
): Promise<StartedInstance | undefined> {
  const { item } = await store.load(key);
  return item && readItem(store, key, item);
}

/**
 * Reads an instance from its item, and from the chunks that this refers to.
 *
 * @param known the instance as it was read before: what it has of the history does not change, and is not read again
 */
export async function readItem(
  store: StateStore,
  key: InstanceKey,
  item: StateItem,
  known?: StartedInstance,
): Promise<StartedInstance | undefined> {
  const tip = decodeTip(key, item.body);
  const chunked = tip.chunked?.records ?? 0;
  const before = known && known.state.key.run === tip.run ? known.history : [];
  const isKnown = before.length >= chunked;
  const records = isKnown ? before.slice(0, chunked) : (await loadRecords(store, key, tip)).records;
  const instance = new Instance(key, item.v, tip, records);
  return isStarted(instance) ? instance : undefined;
}

function isStarted(instance: Instance): instance is StartedInstance {
  return instance.state !== undefined;
}
