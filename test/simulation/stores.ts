import { MemoryDueStore } from "../../lib/adapters/memory/due-store.ts";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { EngineStores } from "../../lib/engine/workflow-handler.ts";
import type { DueStore } from "../../lib/ports/due-store.ts";
import type { StateStore } from "../../lib/ports/state-store.ts";
import type { Ledger } from "./ledger.ts";
import { never, type Process, unavailable } from "./process.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
const LATEST_MS = 30_000;

/** The stores of a world, which the ledger watches. They do what they are told, at once; what is far fails. */
export function simulatedStores(world: World, ledger: Ledger): EngineStores {
  const stores = memoryStores({ clock: { now: () => world.now, sleep: (ms) => world.sleep(ms) } });
  // The first sweep of a new table reads a day's buckets.
  void stores.dueStore.moveCursor(undefined, Math.floor(world.now / MINUTE_MS) - 1);
  return {
    ...bound(stores),
    stateStore: watchedStates(stores.stateStore, world, ledger),
    dueStore: watchedDues(stores.dueStore, ledger),
  };
}

/** The stores as one process reaches them: over a network, and not always. */
export function remoteStores(stores: EngineStores, process: Process): EngineStores {
  return {
    stateStore: remote(stores.stateStore, "state", process),
    dueStore: remote(stores.dueStore, "due", process),
    tagIndex: remote(stores.tagIndex, "tags", process),
    pastRuns: remote(stores.pastRuns, "runs", process),
    payloadStore: remote(stores.payloadStore, "payloads", process),
  };
}

type Call = (...args: readonly unknown[]) => Promise<unknown>;

/** A store whose every method goes over the network. */
export function remote<S extends object>(store: S, name: string, process: Process): S {
  const { world } = process;
  return new Proxy(store, {
    get: (target, method) => {
      const call = Reflect.get(target, method) as Call;
      return (...args: readonly unknown[]) => {
        const what = `${name} ${String(method)} ${subjectOf(args[0])}`;
        return process.call(what, () => unreliable(world, what, () => call.apply(target, [...args])));
      };
    },
  });
}

async function unreliable<T>(world: World, what: string, effect: () => Promise<T>): Promise<T> {
  const { faults, chance } = world;
  if (faults.strikes("store throttled", what))
    throw new InfiniticError("STORE_THROTTLED", "expected capacity, got none");
  if (faults.strikes("store request lost", what)) throw unavailable("STORE_UNAVAILABLE");
  if (faults.strikes("store request applied late", what)) {
    world.after(chance.int(`lateness of ${what}`, 1, LATEST_MS), () => void effect().catch(never));
    throw unavailable("STORE_UNAVAILABLE");
  }
  const result = await effect();
  if (faults.strikes("store response lost", what)) throw unavailable("STORE_UNAVAILABLE");
  return result;
}

function subjectOf(argument: unknown): string {
  const { workflowId, id } = Object(argument) as { workflowId?: string; id?: string };
  return workflowId ?? id ?? "";
}

function watchedStates(store: StateStore, world: World, ledger: Ledger): StateStore {
  return {
    ...bound(store),
    commit: async (key, next, expected) => {
      ledger.tried(key, next);
      const result = await store.commit(key, next, expected);
      const { workflow, workflowId } = key;
      const verdict = result.committed ? "commits" : "refuses";
      world.log(`store ${verdict} ${workflow} ${workflowId} ${next.v} after ${expected} (${next.status})`);
      if (result.committed) await ledger.committed(store, key, next);
      return result;
    },
  };
}

function watchedDues(store: DueStore, ledger: Ledger): DueStore {
  return {
    ...bound(store),
    put: (item) => {
      ledger.allowText(item.payload);
      return store.put(item);
    },
  };
}

/** A store's methods as plain properties, to be spread. */
function bound<S extends object>(store: S): S {
  if (!(store instanceof MemoryDueStore) && Object.getPrototypeOf(store) === Object.prototype) return store;
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(store)).filter(
    (name) => name !== "constructor",
  );
  const own = methods.map((name) => [name, (Reflect.get(store, name) as Call).bind(store)]);
  return Object.fromEntries(own) as S;
}
