import { asValue, printingAs } from "../core/contract/as-value.ts";

/** What stands behind an object with members, for whoever prints it. */
export interface Printed {
  /** In a word: `workflow`. */
  readonly kind: string;
  readonly facts: { readonly [fact: string]: string };
}

/**
 * Makes an object that has some properties of its own; every other name of a member is a property that `make` makes.
 *
 * It is a value that prints as what it is: `await`, `JSON.stringify` and the like call no member.
 */
export function withMembers<T>({ kind, facts }: Printed, own: object, make: (name: string) => unknown): T {
  const text = `[${[kind, ...Object.values(facts)].join(" ")}]`;
  const handler: ProxyHandler<object> = {
    get(target, name) {
      const value = Object.hasOwn(target, name) ? { value: Reflect.get(target, name) } : undefined;
      const known = value ?? asValue(name, text, facts);
      return known ? known.value : make(name as string); // a symbol is known
    },
  };
  // The proxy answers to every name; which names there are is the interface's promise.
  return new Proxy(printingAs(own, text), handler) as T;
}
