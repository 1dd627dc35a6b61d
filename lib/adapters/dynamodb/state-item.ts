import type { InstanceKey, StateItem } from "../../ports/state-store.ts";
import { instancePartition, STATE_SORT_KEY } from "./keys.ts";
import { encodeListed, LIST_INDEX, startedAtOf } from "./list-row.ts";
import { type ItemKey, isOver, type StoredItem } from "./stored-item.ts";
import { bytesOf, type WireItem } from "./wire.ts";

/** Where an instance's state is. */
export function stateKey(key: InstanceKey): ItemKey {
  return { pk: { S: instancePartition(key) }, sk: { S: STATE_SORT_KEY } };
}

/** Writes a state as an item. */
export function encodeState(key: InstanceKey, state: StateItem): StoredItem {
  const { v, body, status, expiresAt } = state;
  const listed = encodeListed(key, state);
  const item = { ...stateKey(key), v: { S: v }, s: { B: body }, st: { S: status }, ...listed };
  return expiresAt === undefined ? item : { ...item, x: { N: String(expiresAt) } };
}

/** Reads a state back, also one that has expired. */
export function decodeState(item: WireItem): StateItem {
  const place = item[LIST_INDEX.sort]?.S;
  const expiresAt = item["x"]?.N;
  return {
    v: item["v"]?.S ?? "",
    body: bytesOf(item, "s"),
    status: item["st"]?.S ?? "",
    ...(place !== undefined && { listed: { startedAt: startedAtOf(place) } }),
    ...(expiresAt !== undefined && { expiresAt: Number(expiresAt) }),
  };
}

/** Returns the state unless its time is over. */
export function live(state: StateItem | undefined, nowMs: number): StateItem | undefined {
  return isOver(state?.expiresAt, nowMs) ? undefined : state;
}
