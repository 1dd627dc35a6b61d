import { InfiniticError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import { workflowCombinators } from "./combinators.ts";
import { guardedScope } from "./scope.ts";

/** Per copy of this library: each bundle in a process has its own scopes, and its guards stand on the others'. */
let isInstalled = false;

const INSTEAD: { readonly [name: string]: string } = {
  setTimeout: "timer()",
  setInterval: "timer() in a loop",
  setImmediate: "an await of a task or a timer",
  fetch: "a task, or inline()",
  WebSocket: "a task",
};

/**
 * Makes the process's clock, chance and I/O safe for workflow code (I8): inside it, `Date`, `Math.random` and
 * `crypto.randomUUID` give values from history, and what cannot be made to throws an error that names the durable
 * alternative. Outside workflow code, and in inline tasks, everything is as it was. Once.
 */
export function installGuards(): void {
  if (isInstalled) return;
  isInstalled = true;
  const world = globalThis as typeof globalThis & { [name: string]: unknown };
  guardDate(world);
  guardChance();
  for (const [name, instead] of Object.entries(INSTEAD)) {
    const original = world[name];
    if (typeof original === "function") world[name] = refusing(original, name, instead);
  }
  Object.assign(
    Promise,
    workflowCombinators({
      race: Promise.race,
      any: Promise.any,
      all: Promise.all,
      allSettled: Promise.allSettled,
    }),
  );
}

function guardDate(world: { Date: DateConstructor }): void {
  const RealDate = world.Date;
  const realNow = RealDate.now;
  const now = (): number => {
    const scope = guardedScope();
    return scope?.now ?? scope?.execution.now ?? realNow();
  };
  world.Date = new Proxy(RealDate, {
    construct(target, args, newTarget) {
      const instant = args.length === 0 ? [now()] : args;
      return Reflect.construct(target, instant, newTarget) as Date;
    },
    apply: () => new RealDate(now()).toString(),
    get: (target, property, receiver) => (property === "now" ? now : Reflect.get(target, property, receiver)),
  });
}

function guardChance(): void {
  const realRandom = Math.random;
  const random = (): Random | undefined => {
    const scope = guardedScope();
    return scope?.random ?? scope?.method?.random ?? scope?.execution.random;
  };
  Math.random = () => random()?.next() ?? realRandom();
  const realUuid = crypto.randomUUID.bind(crypto);
  const realValues = crypto.getRandomValues.bind(crypto);
  const uuid: typeof crypto.randomUUID = () =>
    (random()?.uuid() as ReturnType<typeof realUuid> | undefined) ?? realUuid();
  const values: typeof crypto.getRandomValues = (array) => {
    if (guardedScope()) throw notDeterministic("crypto.getRandomValues", "crypto.randomUUID() or inline()");
    return realValues(array);
  };
  Object.defineProperty(crypto, "randomUUID", { value: uuid, configurable: true, writable: true });
  Object.defineProperty(crypto, "getRandomValues", { value: values, configurable: true, writable: true });
}

function refusing<F extends object>(original: F, name: string, instead: string): F {
  const refuse = (): void => {
    if (guardedScope()) throw notDeterministic(name, instead);
  };
  return new Proxy(original, {
    apply(target, self, args) {
      refuse();
      return Reflect.apply(target as unknown as (...args: unknown[]) => unknown, self, args);
    },
    construct(target, args, newTarget) {
      refuse();
      return Reflect.construct(target as unknown as new () => object, args, newTarget);
    },
  });
}

function notDeterministic(name: string, instead: string): InfiniticError {
  return new InfiniticError(
    "NOT_DETERMINISTIC",
    `expected workflow code to use nothing but its history, got ${name}: use ${instead}`,
  );
}
