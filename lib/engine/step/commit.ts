import { isHeavy, shedTail } from "../../instance/chunks.ts";
import type { Instance } from "../../instance/instance.ts";
import { encodeTip, type Salt } from "../../instance/tip.ts";
import type { Consumed, StateItem, StateStore } from "../../ports/state-store.ts";
import { lifeOf, type Retention } from "./retention.ts";

/** What an item says beside the state. */
export interface ItemRules {
  readonly retention: Retention;
  readonly isListed: boolean;
  readonly salt?: Salt | undefined;
}

export type Committed = Consumed &
  (
    | { readonly committed: true; readonly item: StateItem }
    | { readonly committed: false; readonly current: StateItem | undefined }
  );

/** Writes an instance, if its item is still the one it stands on. */
export async function commitInstance(
  store: StateStore,
  instance: Instance,
  now: number,
  rules: ItemRules,
): Promise<Committed> {
  const item = itemOf(instance, now, rules);
  const run = instance.state?.key.run;
  let extra: Consumed = { readUnits: 0, writeUnits: 0 };
  let next = item;
  if (run !== undefined && isHeavy(instance.tip(), item.body)) {
    extra = await shedTail(store, instance, run, rules);
    next = itemOf(instance, now, rules);
  }
  const { uncaught } = instance; // what the item has
  const result = await store.commit(instance.key, next, instance.v);
  const readUnits = result.readUnits + extra.readUnits;
  const writeUnits = result.writeUnits + extra.writeUnits;
  if (!result.committed) return { committed: false, current: result.current, readUnits, writeUnits };
  instance.committed(next.v, uncaught);
  return { committed: true, item: next, readUnits, writeUnits };
}

function itemOf(instance: Instance, now: number, { retention, isListed, salt }: ItemRules): StateItem {
  const { status, state } = instance;
  const lifeMs = lifeOf(status, retention);
  // Whatever is written after an end does not make it later.
  const since = state?.ended ? state.now : now;
  return {
    ...encodeTip({ ...instance.tip(), ...(salt && { salt: salt() }) }, instance.v),
    status,
    ...(isListed && state && { listed: { startedAt: state.startedAt } }),
    ...(lifeMs !== undefined && { expiresAt: Math.ceil((since + lifeMs) / 1_000) }),
  };
}
