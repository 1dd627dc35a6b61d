/** How deep into a type it is looked: what recursive types need to come to an end. */
type Deepest = 5;

/**
 * Why values of a type are not what comes out of JSON on the other side; never when they are, as far as types tell.
 *
 * `unknown` and `any` pass, and so does `undefined`: what is undefined is not sent.
 */
export type JsonFlaw<T, Depth extends readonly 0[] = []> = unknown extends T
  ? never
  : Depth["length"] extends Deepest
    ? never
    : T extends string | number | boolean | null | undefined
      ? never
      : T extends bigint
        ? "a bigint"
        : T extends symbol
          ? "a symbol"
          : T extends { toISOString(): string }
            ? "a Date: send its ISO string"
            : T extends ReadonlyMap<unknown, unknown>
              ? "a Map: send its entries"
              : T extends ReadonlySet<unknown>
                ? "a Set: send an array"
                : T extends PromiseLike<unknown>
                  ? "a promise"
                  : T extends readonly (infer E)[]
                    ? JsonFlaw<E, [...Depth, 0]>
                    : T extends (...args: never[]) => unknown
                      ? "a function"
                      : T extends object
                        ? { [K in keyof T]-?: JsonFlaw<T[K], [...Depth, 0]> }[keyof T]
                        : never;
