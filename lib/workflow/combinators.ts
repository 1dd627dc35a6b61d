import { Receiving } from "./channel.ts";
import { Deferred, subscribe, type Withdraw } from "./deferred.ts";
import type { MethodRun } from "./method-run.ts";
import { currentMethod, guardedScope } from "./scope.ts";

/**
 * `Promise.race`, `any`, `all` and `allSettled` for workflow code.
 *
 * They differ from the built-in ones in one thing: when the combination settles, the awaits it made on Deferreds
 * are withdrawn, so a receive that lost a race takes no signal. Combinations nest: one that lost takes no signal
 * either, but still settles with its tasks, timers and children, because code may await it again.
 */

/** How to take back the receives of a combined promise. */
const withdrawals = new WeakMap<object, Withdraw>();

type Settle = (value: unknown) => void;

/** The built-in statics that are replaced. */
export type Combinators = Pick<PromiseConstructor, "race" | "any" | "all" | "allSettled">;

/** Makes the four for workflow code; elsewhere they are the built-in ones. */
export function workflowCombinators(builtIn: Combinators): { readonly [name in keyof Combinators]: unknown } {
  const combine = (name: keyof Combinators, forWorkflow: (items: readonly unknown[]) => Promise<unknown>) =>
    function (this: PromiseConstructor, items: Iterable<unknown>): Promise<unknown> {
      if (this === Promise && guardedScope()?.method) return forWorkflow([...items]);
      return (builtIn[name] as (items: Iterable<unknown>) => Promise<unknown>).call(this, items);
    };
  return {
    race: combine("race", (items) => firstOf(items, (resolve, reject) => [resolve, reject])),
    any: combine("any", (items) =>
      items.length === 0
        ? builtIn.any.call(Promise, [])
        : firstOf(items, (resolve, reject) => [
            resolve,
            rejectWhenAllDid(items, reject, guardedScope()?.method),
          ]),
    ),
    all: combine("all", (items) => together(items, true, (promises) => builtIn.all.call(Promise, promises))),
    allSettled: combine("allSettled", (items) =>
      together(items, false, (promises) => builtIn.allSettled.call(Promise, promises)),
    ),
  };
}

function firstOf(
  items: readonly unknown[],
  listeners: (resolve: Settle, reject: Settle) => readonly [Settle, (error: unknown, index: number) => void],
): Promise<unknown> {
  const made: Withdraw[] = [];
  const withdraw = (): void => {
    for (const undo of made) undo();
  };
  let settled = false;
  const combined = new Promise((resolve, reject) => {
    const settle =
      (how: Settle): Settle =>
      (value) => {
        if (settled) return;
        settled = true;
        withdraw();
        how(value);
      };
    const [onValue, onError] = listeners(settle(resolve), settle(reject));
    for (const [index, item] of items.entries()) {
      if (settled) break;
      made.push(listen(item, onValue, (error) => onError(error, index)));
    }
  });
  if (settled) withdraw();
  const scope = items.length === 0 ? guardedScope() : undefined;
  scope?.execution.foreign.push({
    method: scope.method,
    what: "a Promise.race of nothing, which never settles",
  });
  withdrawals.set(combined, withdrawReceives(items, made));
  return combined;
}

/** As `Promise.any` does: rejects with an AggregateError once every item has. */
function rejectWhenAllDid(
  items: readonly unknown[],
  reject: Settle,
  method: MethodRun | undefined,
): (error: unknown, index: number) => void {
  const errors: unknown[] = new Array(items.length);
  let left = items.length;
  return (error, index) => {
    errors[index] = error;
    if (--left > 0) return;
    const all = new AggregateError(errors, "All promises were rejected");
    method?.combined(all, errors);
    reject(all);
  };
}

function together(
  items: readonly unknown[],
  endsWithFirstError: boolean,
  combine: (promises: readonly unknown[]) => Promise<unknown>,
): Promise<unknown> {
  const made: Withdraw[] = [];
  let ended = false;
  const end = (): void => {
    ended = endsWithFirstError;
    if (ended) for (const undo of made) undo();
  };
  const promises = items.map(
    (item) =>
      new Promise((resolve, reject) => {
        const fail: Settle = (error) => {
          end();
          reject(error);
        };
        if (!ended) made.push(listen(item, resolve, fail));
      }),
  );
  const combined = combine(promises);
  withdrawals.set(combined, withdrawReceives(items, made));
  return combined;
}

function withdrawReceives(items: readonly unknown[], made: readonly Withdraw[]): Withdraw {
  const receives = made.filter((_, index) => {
    const item = items[index];
    return item instanceof Receiving || (typeof item === "object" && item !== null && withdrawals.has(item));
  });
  return () => {
    for (const undo of receives) undo();
  };
}

function listen(item: unknown, resolve: Settle, reject: Settle): Withdraw {
  if (item instanceof Deferred) return subscribe(item, currentMethod("an await"), resolve, reject);
  if (typeof item !== "object" || item === null || !("then" in item)) {
    resolve(item);
    return () => {};
  }
  Promise.resolve(item).then(resolve, reject);
  return withdrawals.get(item) ?? (() => {});
}
