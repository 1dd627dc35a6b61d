import { hasCode } from "../../core/values/errors.ts";
import { isHeavy, shedTail } from "../../instance/chunks.ts";
import type { Instance } from "../../instance/instance.ts";
import { encodeTip, type Salt } from "../../instance/tip.ts";
import type { Consumed, StateItem, StateStore } from "../../ports/state-store.ts";
import { finish } from "./finish.ts";
import { instanceOfItem } from "./load.ts";
import { offloadWaiting } from "./offload.ts";
import { lifeOf, type Retention } from "./retention.ts";
import type { Applied, Attempt, Step } from "./step.ts";
import { tagChildren } from "./tags.ts";
import { putWakes } from "./wakes.ts";

/** Commits what messages have become, after all that the commit refers to. */
export async function commit(step: Step, applied: Applied, now: number): Promise<Attempt> {
  const { parts, meter } = step;
  const { instance } = applied;
  await putWakes(step, await offloadWaiting(instance, parts.payloads, { retention: parts.retention, now }));
  await tagChildren(parts.tagIndex, instance, meter);
  const result = await commitInstance(parts.stateStore, instance, now, parts).catch(overfull);
  if (result === "overfull") return { kind: "overfull" };
  meter.add(result);
  if (!result.committed) return { kind: "overtaken", instance: await instanceOfItem(step, result.current) };
  meter.countCommit();
  return finish(step, applied, result.item);
}

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
async function commitInstance(
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

function overfull(error: unknown): "overfull" {
  if (hasCode(error, "ITEM_TOO_LARGE")) return "overfull";
  throw error;
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
