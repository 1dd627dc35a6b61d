import type { ArgsOf } from "../core/contract/definition.ts";
import type { Deferred } from "../runtime/deferred.ts";

/**
 * A method of a stub: takes what the interface's method takes, and gives `Given`.
 *
 * A Deferred in place of a value does not compile. Where the interface takes anything (`unknown`) or something that
 * a Deferred looks like (`{ id: string }`), the arguments of each call are searched for one.
 */
export type StubMethod<M, Given> = [TakesDeferred<ArgsOf<M>>] extends [never]
  ? (...args: ArgsOf<M>) => Given
  : <Args extends ArgsOf<M>>(...args: Sendable<Args>) => Given;

type Sendable<Args extends readonly unknown[]> = [HoldsDeferred<Args>] extends [never]
  ? Args
  : { [I in keyof Args]: [HoldsDeferred<Args[I]>] extends [never] ? Args[I] : AwaitFirst };

/** What the compiler's message says is expected there. */
type AwaitFirst = "expected a value, got a Deferred: await it first";

/** How deep into a type it is looked: what recursive types need to come to an end. */
type Deepest = 8;

/** Whether a Deferred could be assigned to a type, or to something in it: true or never. */
type TakesDeferred<T, Depth extends readonly 0[] = []> = Depth["length"] extends Deepest
  ? never
  : Deferred<never> extends T
    ? true
    : T extends Leaf
      ? never
      : T extends readonly (infer Item)[]
        ? TakesDeferred<Item, [...Depth, 0]>
        : { [K in keyof T]-?: TakesDeferred<T[K], [...Depth, 0]> }[keyof T];

/** Whether a type is a Deferred, or has one in it: true or never. */
type HoldsDeferred<T, Depth extends readonly 0[] = []> = Depth["length"] extends Deepest
  ? never
  : T extends Deferred<unknown>
    ? true
    : T extends Leaf
      ? never
      : T extends readonly (infer Item)[]
        ? HoldsDeferred<Item, [...Depth, 0]>
        : { [K in keyof T]-?: HoldsDeferred<T[K], [...Depth, 0]> }[keyof T];

type Leaf = string | number | boolean | bigint | symbol | null | undefined;
