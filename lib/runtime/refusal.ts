import { getCallSites, promisify } from "node:util";
import type { RuleName } from "../core/model/rules.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { foreignAwait } from "./foreign-work.ts";
import { guardedScope, outOfScope } from "./scope.ts";

/** How workflow code is refused a function of the outside world. */
interface Refusal {
  readonly name: string;
  /** What to use instead. */
  readonly instead: string;
  /** It gives a promise: to call it is to await it, and says which method does. */
  readonly isAwait?: boolean;
  /** Runs that began under older rules are not refused. */
  readonly since?: RuleName;
  /** Arguments with which it is harmless. */
  readonly allows?: (args: readonly unknown[]) => boolean;
}

type Callable = (...args: readonly unknown[]) => unknown;

/** Functions that hang on a function, and do the same as it. */
const TWINS: ReadonlySet<string | symbol> = new Set([promisify.custom, "native", "bigint", "rss"]);

/** Parts of Node that call its public functions for their own work, while workflow code waits for none of it. */
const NODES_OWN = /^node:(fs|internal\/(fs|modules|console|source_map|bootstrap|process)\b)/;

/** Makes a function that workflow code is refused; everybody else calls the original. */
function refusing<F extends object>(original: F, refusal: Refusal): F {
  return new Proxy(original, {
    apply(target, self, args: readonly unknown[]) {
      const isOutput = refuse(refusal, args);
      const call = (): unknown => Reflect.apply(target as unknown as Callable, self, args);
      return isOutput ? outOfScope(call) : call();
    },
    construct(target, args: readonly unknown[], newTarget) {
      refuse(refusal, args);
      return Reflect.construct(target as unknown as new () => object, args, newTarget);
    },
    get(target, property, receiver) {
      const value: unknown = Reflect.get(target, property, receiver);
      if (typeof value !== "function" || !TWINS.has(property)) return value;
      // What cannot be changed must be given as it is: what it begins in workflow code is refused, or noticed as foreign work.
      const { configurable, writable } = Object.getOwnPropertyDescriptor(target, property) ?? {};
      return configurable === false && writable === false ? value : refusing(value, refusal);
    },
  });
}

/** Has workflow code refused functions of an object, as far as it has them and lets them be replaced. */
export function refuseAll(
  owner: object | undefined,
  names: readonly string[],
  refusal: Omit<Refusal, "name"> & { readonly prefix: string },
): void {
  for (const name of names) {
    const descriptor = owner && Object.getOwnPropertyDescriptor(owner, name);
    const original: unknown = descriptor?.value;
    if (!owner || typeof original !== "function" || !descriptor?.configurable) continue;
    const value = refusing(original, { ...refusal, name: `${refusal.prefix}${name}` });
    Object.defineProperty(owner, name, { ...descriptor, value });
  }
}

/** Throws if it is workflow code that calls; tells whether it is, and may. */
function refuse({ name, instead, isAwait, since, allows }: Refusal, args: readonly unknown[]): boolean {
  const scope = guardedScope();
  if (!scope || (since && !scope.execution.follows(since))) return false;
  if (allows?.(args)) return true;
  if (isOfNode()) return true;
  if (isAwait) throw foreignAwait(scope.method, `${name}: put it into ${instead}`);
  throw notDeterministic(name, instead);
}

/** Whether Node itself calls what is being refused: whoever calls this, its caller's caller. */
function isOfNode(): boolean {
  // This function, the one that refuses, the trap, and who has called that.
  return NODES_OWN.test(getCallSites(4)[3]?.scriptName ?? "");
}

function notDeterministic(name: string, instead: string): InfiniticError {
  return new InfiniticError(
    "NOT_DETERMINISTIC",
    `expected workflow code to use nothing but its history, got ${name}: use ${instead}`,
  );
}
