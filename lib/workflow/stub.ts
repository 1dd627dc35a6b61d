type Dispatch = (name: string, args: readonly unknown[]) => unknown;

/**
 * Makes an object whose every property is a function that calls `call` with its name and arguments.
 *
 * With `members`, each of these functions has properties that are functions of the name too: a stub cannot know
 * which names are methods and which are channels, so `stub.name(…)` and `stub.name.send(…)` both work.
 */
export function stub<S>(
  call: Dispatch,
  members: { readonly [member: string]: (name: string, ...args: readonly unknown[]) => unknown } = {},
): S {
  const known = new Map<string, unknown>();
  const make = (name: string): unknown => {
    const property = (...args: readonly unknown[]): unknown => call(name, args);
    for (const [member, run] of Object.entries(members)) {
      Object.assign(property, { [member]: (...args: readonly unknown[]) => run(name, ...args) });
    }
    return property;
  };
  const handler: ProxyHandler<object> = {
    get(_target, name) {
      // A stub is no thenable: `await stub` and returning it from an async function must not call it.
      if (typeof name === "symbol" || name === "then") return undefined;
      if (!known.has(name)) known.set(name, make(name));
      return known.get(name);
    },
  };
  // The proxy answers to every name; which names there are is the interface's promise.
  return new Proxy({}, handler) as S;
}
