import { awaitGraph } from "./await-graph.ts";
import { Receiving } from "./channel.ts";
import { Deferred, subscribe } from "./deferred.ts";
import { Demand } from "./demand.ts";
import type { Withdraw } from "./method-run.ts";
import { currentMethod } from "./scope.ts";

type Settle = (value: unknown) => void;

/** How a combination of promises listens to its items. */
export interface Listening {
  /** Listens to one more item. */
  to(item: unknown, resolve: Settle, reject: Settle): void;
  /** Listens no more: the combination has settled. */
  end(): void;
  /** Says which promise the combination has given. */
  gives(combined: Promise<unknown>): void;
}

/** Listens to items for as long as the combination is wanted itself. */
export class WantedListening implements Listening {
  readonly #group = new Demand();
  readonly #listeners: Demand[] = [];
  readonly #subscriptions: Withdraw[] = [];

  constructor() {
    awaitGraph.made(this.#group);
  }

  to(item: unknown, resolve: Settle, reject: Settle): void {
    const listener = new Demand();
    listener.feed(this.#group);
    this.#listeners.push(listener);
    if (item instanceof Deferred) {
      const method = currentMethod("an await");
      this.#subscriptions.push(subscribe(item, method, resolve, reject, listener));
    } else if (isThenable(item)) {
      const promise = awaitGraph.loose(() => {
        const promise = Promise.resolve(item);
        promise.then(resolve, reject);
        return promise;
      });
      awaitGraph.demandOf(promise)?.feed(listener);
    } else resolve(item);
  }

  end(): void {
    for (const withdraw of this.#subscriptions) withdraw();
    for (const listener of this.#listeners) listener.withdraw();
  }

  gives(combined: Promise<unknown>): void {
    const demand = awaitGraph.demandOf(combined);
    if (!demand) return;
    awaitGraph.made(demand);
    this.#group.feed(demand);
  }
}

/** How to take back the receives of a combined promise. */
const withdrawals = new WeakMap<object, Withdraw>();

/** As older rules have it: only receives, and combinations of them, are withdrawn, and they stay so. */
export class PlainListening implements Listening {
  readonly #items: unknown[] = [];
  readonly #made: Withdraw[] = [];

  to(item: unknown, resolve: Settle, reject: Settle): void {
    this.#items.push(item);
    this.#made.push(listen(item, resolve, reject));
  }

  end(): void {
    for (const undo of this.#made) undo();
  }

  gives(combined: Promise<unknown>): void {
    const receives = this.#made.filter((_, index) => {
      const item = this.#items[index];
      return (
        item instanceof Receiving || (typeof item === "object" && item !== null && withdrawals.has(item))
      );
    });
    withdrawals.set(combined, () => {
      for (const undo of receives) undo();
    });
  }
}

function listen(item: unknown, resolve: Settle, reject: Settle): Withdraw {
  if (item instanceof Deferred) return subscribe(item, currentMethod("an await"), resolve, reject);
  if (!isThenable(item)) {
    resolve(item);
    return () => {};
  }
  Promise.resolve(item).then(resolve, reject);
  return withdrawals.get(item) ?? (() => {});
}

function isThenable(item: unknown): item is PromiseLike<unknown> {
  return typeof item === "object" && item !== null && "then" in item;
}
