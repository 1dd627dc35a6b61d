import { guardedScope } from "./scope.ts";

/**
 * Gives workflow code a console of its instance's: what it writes is written once, with workflow, id and run, and not
 * again by a replay. All other code has the console that it had, also one that is put in its place later.
 */
export function guardConsole(): void {
  const before = Object.getOwnPropertyDescriptor(globalThis, "console") ?? {};
  let own = console;
  const outside = (): Console => (before.get ? before.get.call(globalThis) : own) as Console;
  Object.defineProperty(globalThis, "console", {
    configurable: true,
    enumerable: before.enumerable ?? false,
    get: () => (guardedScope() ? new Proxy(outside(), OF_INSTANCE) : outside()),
    set(value: Console) {
      if (before.set) before.set.call(globalThis, value);
      else own = value;
    },
  });
}

const OF_INSTANCE: ProxyHandler<Console> = {
  get(target, name, receiver) {
    const method: unknown = Reflect.get(target, name, receiver);
    if (typeof method !== "function" || name === "Console") return method;
    return (...args: readonly unknown[]) => {
      const scope = guardedScope();
      if (!scope) return Reflect.apply(method, target, args);
      return scope.execution.output.write(name as keyof Console, args, scope); // it is one of its methods
    };
  },
};
