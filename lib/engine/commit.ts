import type { Consumed, InstanceKey, StateItem, StateStore } from "../ports/state-store.ts";
import { isHeavy, shedTail } from "./chunks.ts";
import type { Instance } from "./instance.ts";
import { encodeTip } from "./tip.ts";

/** How long items stay readable when nothing can happen to them any more, in milliseconds. */
export interface Retention {
  /** Completed and canceled instances. */
  readonly endedMs: number;
  /** Failed instances, which can be resumed until then. */
  readonly failedMs: number;
  /** Messages that wait for a start. */
  readonly earlyMs: number;
}

const DAY_MS = 86_400_000;
export const DEFAULT_RETENTION: Retention = { endedMs: 30 * DAY_MS, failedMs: 90 * DAY_MS, earlyMs: DAY_MS };

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
  retention: Retention,
): Promise<Committed> {
  const item = itemOf(instance, now, retention);
  const run = instance.state?.key.run;
  let extra: Consumed = { readUnits: 0, writeUnits: 0 };
  let next = item;
  if (run !== undefined && isHeavy(instance.tip(), item.body)) {
    extra = await shedTail(store, instance, run);
    next = itemOf(instance, now, retention);
  }
  const result = await store.commit(instance.key, next, instance.v);
  const readUnits = result.readUnits + extra.readUnits;
  const writeUnits = result.writeUnits + extra.writeUnits;
  if (!result.committed) return { committed: false, current: result.current, readUnits, writeUnits };
  instance.v = next.v;
  instance.isDirty = false;
  return { committed: true, item: next, readUnits, writeUnits };
}

function itemOf(instance: Instance, now: number, retention: Retention): StateItem {
  const { status } = instance;
  const lifeMs = lifeOf(status, retention);
  return {
    ...encodeTip(instance.tip(), instance.v),
    status,
    ...(lifeMs !== undefined && { expiresAt: Math.ceil((now + lifeMs) / 1_000) }),
  };
}

function lifeOf(status: string, retention: Retention): number | undefined {
  if (status === "completed" || status === "canceled") return retention.endedMs;
  if (status === "failed") return retention.failedMs;
  return status === "early" ? retention.earlyMs : undefined;
}

/** Names an instance in maps. */
export function nameOf({ workflow, workflowId }: InstanceKey): string {
  return `${workflow}#${workflowId}`;
}
