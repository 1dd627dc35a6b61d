import { isMemberName } from "./member-name.ts";

/** What Node.js prints an object by. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");
/** What test tools and libraries take an object for something else by. */
const NEVER_THERE: readonly string[] = ["asymmetricMatch", "$$typeof", "nodeType"];

/**
 * Gives what belongs to any object, and is no member of what a proxy stands for: so that whoever prints, compares,
 * awaits or clones the proxy calls nothing. Undefined for the name of a member.
 *
 * @param text what it prints as
 * @param facts what it is as JSON
 */
export function asValue(
  name: string | symbol,
  text: string,
  facts: { readonly [fact: string]: string },
): { readonly value: unknown } | undefined {
  if (name === "toJSON") return { value: () => facts };
  if (name === "toString" || name === "toLocaleString" || name === Symbol.toPrimitive || name === INSPECT)
    return { value: () => text };
  if (typeof name === "symbol" || NEVER_THERE.includes(name)) return { value: undefined };
  if (name in Object.prototype) return { value: Reflect.get(Object.prototype, name) };
  return isMemberName(name) ? undefined : { value: undefined };
}

/** Makes what a proxy is made of: Node.js prints that, and not the proxy. */
export function printingAs<T extends object>(target: T, text: string): T {
  return Object.defineProperty(target, INSPECT, { value: () => text, configurable: true });
}
