import fc from "fast-check";

/** Values that JSON can carry and that somebody might not have thought of. */
export const HOSTILE: readonly unknown[] = [
  null,
  true,
  0,
  -0,
  -1,
  0.5,
  1e-300,
  1e308,
  -1e308,
  2 ** 53,
  8.64e15 + 1,
  "",
  " ",
  "__proto__",
  "constructor",
  "toString",
  "then",
  "..",
  "0.0",
  "a/b%2F..",
  "\u0000",
  "\ud800",
  "🦥".repeat(40),
  "x".repeat(10_000),
  [],
  {},
  [""],
  JSON.parse('{"__proto__":{"polluted":true}}'),
  JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'),
  { "~payload": { key: "no/such/key", bytes: 1 } },
  { "~payload": { key: "../../secret", bytes: -1 } },
  JSON.parse('{"then":"a promise?"}'),
  { toJSON: "no function" },
  nested(100),
  nested(3_000),
];

export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE) },
  fc.jsonValue(),
  fc.string({ unit: "binary" }),
);

/** Arrays in each other. */
export function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

type Step = (value: unknown) => unknown;

/** Changes JSON in some of its places: takes something away, adds something, or puts something else there. */
export function mutated(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const place = fc.array(fc.nat(20), { minLength: 1, maxLength: 4 });
  const change = fc.oneof(
    fc.record({ kind: fc.constant("replace" as const), value: hostileValue }),
    fc.record({ kind: fc.constant("delete" as const) }),
    fc.record({
      kind: fc.constant("add" as const),
      name: fc.oneof(fc.constantFrom("__proto__", "constructor", "kind", "run", "format", "x"), fc.string()),
      value: hostileValue,
    }),
  );
  const step = fc.tuple(place, change).map(
    ([at, what]): Step =>
      (value) =>
        changed(value, at, what),
  );
  return fc
    .tuple(valid, fc.array(step, { minLength: 1, maxLength: 3 }))
    .map(([value, steps]) => steps.reduce((so, apply) => apply(so), structuredClone(value)));
}

type Change =
  | { readonly kind: "replace"; readonly value: unknown }
  | { readonly kind: "delete" }
  | { readonly kind: "add"; readonly name: string; readonly value: unknown };

/** The value with a change at the place that the numbers lead to: each chooses a member, as long as there are any. */
function changed(value: unknown, [first = 0, ...rest]: readonly number[], change: Change): unknown {
  if (typeof value !== "object" || value === null) return change.kind === "replace" ? change.value : value;
  const names = Object.keys(value);
  const name = names[first % Math.max(1, names.length)];
  const members = new Map(Object.entries(value));
  if (change.kind === "add" && rest.length === 0) members.set(change.name, change.value);
  else if (name !== undefined && rest.length > 0) members.set(name, changed(members.get(name), rest, change));
  else if (name !== undefined && change.kind === "replace") members.set(name, change.value);
  else if (name !== undefined) members.delete(name);
  return Array.isArray(value) ? [...members.values()] : Object.fromEntries(members);
}

/** Changes text as a bad wire would: cut, or with other characters in it. */
export function garbled(valid: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(valid, fc.nat(), fc.nat(8), fc.string({ unit: "binary", maxLength: 8 }))
    .map(([text, at, gone, instead]) => {
      const place = at % Math.max(1, text.length);
      return text.slice(0, place) + instead + text.slice(place + gone);
    });
}
