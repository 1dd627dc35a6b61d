import { asValue, printingAs } from "../core/contract/as-value.ts";
import { currentScope } from "../runtime/scope.ts";

type Dispatch = (name: string, args: readonly unknown[]) => unknown;

/** What a stub stands for: it prints as that. */
export interface StubOf {
  /** In a word: `service`. */
  readonly kind: string;
  readonly facts: { readonly [fact: string]: string };
}

/**
 * Makes an object whose every property is a function that calls `call` with its name and arguments.
 *
 * With `members`, each of these functions has properties that are functions of the name too: a stub cannot know
 * which names are methods and which are channels, so `stub.name(…)` and `stub.name.send(…)` both work.
 *
 * A stub is a value: whoever turns it to JSON or to text, compares or awaits it, calls nothing.
 */
export function stub<S>(
  { kind, facts }: StubOf,
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
  const text = `[${[kind, ...Object.values(facts)].join(" ")}]`;
  const handler: ProxyHandler<object> = {
    get(_target, name) {
      const value = isValue() ? asValue(name, text, facts) : undefined;
      if (value) return value.value;
      // Under older rules, too, it is no thenable: `await stub` must not call it.
      if (typeof name === "symbol" || name === "then") return undefined;
      if (!known.has(name)) known.set(name, make(name));
      return known.get(name);
    },
  };
  // The proxy answers to every name; which names there are is the interface's promise.
  return new Proxy(printingAs({}, text), handler) as S;
}

function isValue(): boolean {
  return currentScope()?.execution.follows("stubsAreValues") ?? true;
}
