import { awaitGraph } from "./await-graph.ts";
import { type Listening, PlainListening, WantedListening } from "./listening.ts";
import type { MethodRun } from "./method-run.ts";
import { guardedScope } from "./scope.ts";

/**
 * `Promise.race`, `any`, `all` and `allSettled` for workflow code.
 *
 * They differ from the built-in ones in one thing: when the combination settles, it waits for nothing any more. What
 * nobody waits for takes no signal: a receive that lost a race, what is derived from it, a combination in another one.
 * Tasks, timers and children that lost settle all the same, because code may await them again.
 */

type Settle = (value: unknown) => void;

/** The built-in statics that are replaced. */
export type Combinators = Pick<PromiseConstructor, "race" | "any" | "all" | "allSettled">;

/** Makes the four for workflow code; elsewhere they are the built-in ones. */
export function workflowCombinators(builtIn: Combinators): { readonly [name in keyof Combinators]: unknown } {
  const combine = (
    name: keyof Combinators,
    forWorkflow: (items: readonly unknown[], listening: Listening) => Promise<unknown>,
  ) =>
    function (this: PromiseConstructor, items: Iterable<unknown>): Promise<unknown> {
      const scope = guardedScope();
      if (this === Promise && scope?.method) {
        const isNew = scope.execution.follows("losersTakeNothing");
        return combined([...items], isNew ? new WantedListening() : new PlainListening(), forWorkflow);
      }
      return (builtIn[name] as (items: Iterable<unknown>) => Promise<unknown>).call(this, items);
    };
  return {
    race: combine("race", (items, listening) =>
      firstOf(items, listening, (resolve, reject) => [resolve, reject]),
    ),
    any: combine("any", (items, listening) =>
      items.length === 0
        ? builtIn.any.call(Promise, [])
        : firstOf(items, listening, (resolve, reject) => [
            resolve,
            rejectWhenAllDid(items, reject, guardedScope()?.method),
          ]),
    ),
    all: combine("all", (items, listening) =>
      together(items, listening, true, (promises) => builtIn.all.call(Promise, promises)),
    ),
    allSettled: combine("allSettled", (items, listening) =>
      together(items, listening, false, (promises) => builtIn.allSettled.call(Promise, promises)),
    ),
  };
}

function combined(
  items: readonly unknown[],
  listening: Listening,
  combine: (items: readonly unknown[], listening: Listening) => Promise<unknown>,
): Promise<unknown> {
  const promise = combine(items, listening);
  listening.gives(promise);
  return promise;
}

function firstOf(
  items: readonly unknown[],
  listening: Listening,
  listeners: (resolve: Settle, reject: Settle) => readonly [Settle, (error: unknown, index: number) => void],
): Promise<unknown> {
  let settled = false;
  const first = awaitGraph.loose(
    () =>
      new Promise((resolve, reject) => {
        const settle =
          (how: Settle): Settle =>
          (value) => {
            if (settled) return;
            settled = true;
            listening.end();
            how(value);
          };
        const [onValue, onError] = listeners(settle(resolve), settle(reject));
        for (const [index, item] of items.entries()) {
          if (settled) break;
          listening.to(item, onValue, (error) => onError(error, index));
        }
      }),
  );
  if (settled) listening.end();
  const scope = items.length === 0 ? guardedScope() : undefined;
  scope?.execution.foreign.push({
    method: scope.method,
    what: "a Promise.race of nothing, which never settles",
  });
  return first;
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
  listening: Listening,
  endsWithFirstError: boolean,
  combine: (promises: readonly unknown[]) => Promise<unknown>,
): Promise<unknown> {
  let ended = false;
  return awaitGraph.loose(() => {
    const promises = items.map(
      (item) =>
        new Promise((resolve, reject) => {
          const fail: Settle = (error) => {
            ended = endsWithFirstError;
            if (ended) listening.end();
            reject(error);
          };
          if (!ended) listening.to(item, resolve, fail);
        }),
    );
    return combine(promises);
  });
}
