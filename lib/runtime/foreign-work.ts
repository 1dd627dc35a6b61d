import { inspect } from "node:util";
import { InfiniticError } from "../core/values/errors.ts";
import type { ForeignWork, MethodRun } from "./method-run.ts";

/** A method to be failed, and for what. */
interface Foreign {
  readonly method: MethodRun;
  readonly what: string;
}

/** The methods that cannot go on as a replay would, each once. */
export function foreignTo(methods: readonly MethodRun[], works: readonly ForeignWork[]): readonly Foreign[] {
  return methods.flatMap((method) => {
    if (method.ended) return [];
    const isAlone = method.waits.size === 0;
    const work = works.find(
      (one) =>
        (one.method === undefined || one.method === method) &&
        (isAlone || one.isHarmless !== true) &&
        isUnderWay(one),
    );
    return work ? [{ method, what: work.what }] : [];
  });
}

/** Under older rules: the methods that wait for nothing durable at all, whatever they wait for instead. */
export function waitingForNothing(methods: readonly MethodRun[]): readonly Foreign[] {
  const what = "another promise: put it into an inline task";
  return methods.flatMap((method) => (method.ended || method.waits.size > 0 ? [] : [{ method, what }]));
}

export function foreignAwait(method: MethodRun | undefined, got: string): InfiniticError {
  const who = method ? `method ${method.name}` : "workflow code";
  const known = "tasks, timers, signals, children or properties";
  return new InfiniticError("FOREIGN_AWAIT", `expected ${who} to wait for ${known} only, got ${got}`);
}

function isUnderWay({ promise }: ForeignWork): boolean {
  return promise === undefined || isPending(promise);
}

/** Whether a promise has not settled. */
export function isPending(promise: Promise<unknown>): boolean {
  return inspect(promise, { customInspect: false, depth: 0 }).includes("{ <pending>");
}
