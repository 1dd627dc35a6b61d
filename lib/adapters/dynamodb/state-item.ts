import type { InstanceKey, StateItem } from "../../ports/state-store.ts";
import { instancePartition, STATE_SORT_KEY } from "./keys.ts";
import { type ItemKey, isOver, type StoredItem } from "./stored-item.ts";
import { bytesOf, type WireItem } from "./wire.ts";

/** Where an instance's state is. */
export function stateKey(key: InstanceKey): ItemKey {
  return { pk: { S: instancePartition(key) }, sk: { S: STATE_SORT_KEY } };
}

/** Writes a state as an item. */
export function encodeState(key: InstanceKey, { v, body, status, expiresAt }: StateItem): StoredItem {
  const item = { ...stateKey(key), v: { S: v }, s: { B: body }, st: { S: status } };
  return expiresAt === undefined ? item : { ...item, x: { N: String(expiresAt) } };
}

/** Reads a state back, also one that has expired. */
export function decodeState(item: WireItem): StateItem {
  const state = {
    v: item["v"]?.S ?? "",
    body: bytesOf(item, "s"),
    status: item["st"]?.S ?? "",
  };
  return item["x"]?.N === undefined ? state : { ...state, expiresAt: Number(item["x"].N) };
}

/** Returns the state unless its time is over. */
export function live(state: StateItem | undefined, nowMs: number): StateItem | undefined {
  return isOver(state?.expiresAt, nowMs) ? undefined : state;
}
