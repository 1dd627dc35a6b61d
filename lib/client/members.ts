/**
 * Makes an object that has some properties of its own; every other name is a property that `make` makes.
 *
 * It is no thenable: `await` must not call it.
 */
export function withMembers<T>(own: object, make: (name: string) => unknown): T {
  const handler: ProxyHandler<object> = {
    get(target, name) {
      if (typeof name === "symbol" || name === "then") return undefined;
      return Object.hasOwn(target, name) ? Reflect.get(target, name) : make(name);
    },
  };
  // The proxy answers to every name; which names there are is the interface's promise.
  return new Proxy(own, handler) as T;
}
