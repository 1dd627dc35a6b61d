import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../lib/core/values/json.ts";
import { MAX_INLINE_BYTES, MAX_PAYLOAD_BYTES } from "../../lib/core/values/limits.ts";
import {
  escaped,
  isOwnedBy,
  type PayloadReference,
  pack,
  parsePayloadKey,
  payloadKey,
  refer,
  referenceIn,
  unpack,
} from "../../lib/core/values/payload.ts";

const run = { workflow: "Booking", workflowId: "42", run: "r1" };

/** A store that numbers what is put. */
class Shelf {
  readonly texts = new Map<string, string>();
  readonly put = async (text: string): Promise<PayloadReference> => {
    const key = payloadKey(run, `${this.texts.size}`);
    this.texts.set(key, text);
    return { key, bytes: Buffer.byteLength(text) };
  };
  readonly get = async ({ key }: PayloadReference): Promise<string> => this.texts.get(key) as string;
}

/** Every place where a message or record has a value. */
const HOLDERS: readonly [string, (value: Json) => object][] = [
  ["a value", (value) => ({ kind: "signal-received", value })],
  ["arguments", (value) => ({ kind: "task", args: Array.isArray(value) ? value : [value] })],
  ["an outcome", (value) => ({ kind: "child-ended", outcome: { kind: "completed", value } })],
  ["a value of an operation", (value) => ({ kind: "by-tag", operation: { kind: "signal", value } })],
  [
    "arguments of an operation",
    (value) => ({ kind: "by-tag", operation: { kind: "method", args: [value] } }),
  ],
];

/** JSON, and JSON that looks like a reference or an escape, alone and in an array. */
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc
    .tuple(
      fc.constantFrom("~payload", "~~payload", "~~~payload", "payload"),
      fc.oneof(fc.jsonValue(), fc.record({ key: fc.constantFrom("a/b/c/d", "a"), bytes: fc.nat() })),
      fc.constantFrom("alone", "in an array", "with another key", "twice in an array"),
    )
    .map(([mark, content, how]) => {
      const marked = { [mark]: content };
      if (how === "in an array") return [marked];
      if (how === "twice in an array") return [marked, marked];
      return how === "alone" ? marked : { ...marked, more: 1 };
    }),
) as fc.Arbitrary<Json>;

const ofBytes = (bytes: number, character = "x"): string =>
  character.repeat((bytes - 2) / Buffer.byteLength(character));

describe.each(HOLDERS)("%s", (_, holderOf) => {
  test("comes back as it was, whatever it looks like", async () => {
    await fc.assert(
      fc.asyncProperty(json, async (value) => {
        const shelf = new Shelf();
        const holder = holderOf(value);
        const packed = JSON.parse(JSON.stringify(await pack(holder, shelf.put)));
        expect(referenceIn(packed)).toBeUndefined();
        expect(await unpack(packed, shelf.get)).toEqual(JSON.parse(JSON.stringify(holder)));
      }),
    );
  });

  test("that is large is put away, and comes back", async () => {
    const shelf = new Shelf();
    const holder = holderOf({ text: ofBytes(MAX_INLINE_BYTES) });
    const packed = await pack(holder, shelf.put);
    expect(JSON.stringify(packed).length).toBeLessThan(200);
    const reference = referenceIn(packed) as PayloadReference;
    expect([...shelf.texts.keys()]).toEqual([reference.key]);
    expect(reference.bytes).toBeGreaterThan(MAX_INLINE_BYTES);
    expect(refer(holder, reference)).toEqual(packed);
    expect(await unpack(packed, shelf.get)).toEqual(holder);
  });

  test("is put away at a lower limit too", async () => {
    const shelf = new Shelf();
    const holder = holderOf(["more than 8 bytes"]);
    const packed = await pack(holder, shelf.put, 8);
    expect(referenceIn(packed)).toBeDefined();
    expect(await unpack(packed, shelf.get)).toEqual(holder);
  });

  test("over what can be stored is refused with its size", async () => {
    const holder = holderOf(ofBytes(MAX_PAYLOAD_BYTES + 100));
    await expect(pack(holder, new Shelf().put)).rejects.toMatchObject({
      code: "PAYLOAD_TOO_LARGE",
      message: expect.stringMatching(/^expected a value to be at most 5242880 bytes of JSON, got 52429\d\d$/),
    });
  });
});

test.each([
  ["x", 1],
  ["ß", 2],
  ["語", 3],
  ["🜁", 4],
])("a value is large by its bytes, not by its characters: %s", async (character, size) => {
  const shelf = new Shelf();
  const fitting = { value: ofBytes(2 + Math.floor((MAX_INLINE_BYTES - 2) / size) * size, character) };
  expect(await pack(fitting, shelf.put)).toBe(fitting);
  const large = await pack({ value: `${fitting.value}${character}` }, shelf.put);
  expect(referenceIn(large)?.bytes).toBe(Buffer.byteLength(JSON.stringify(fitting.value)) + size);
});

test("what has no value, or a small one, stays the very object it is", async () => {
  const { put, get } = new Shelf();
  const failed = { kind: "failed", failure: { name: "Error", message: "~payload" } };
  const holders = [
    { kind: "wake" },
    { args: [] },
    { value: null },
    { args: [{ "~payload": 1 }, 2] },
    { outcome: failed },
  ];
  for (const holder of holders) {
    expect(await pack(holder, put)).toBe(holder);
    expect(await unpack(holder, get)).toBe(holder);
    expect(escaped(holder)).toBe(holder);
  }
});

test("a damaged reference is a value like any other", async () => {
  const damaged = [1, null, {}, { key: 1, bytes: 1 }, { key: "a/b/c/d" }, { key: "a/b/c", bytes: 1 }];
  for (const reference of damaged) {
    const holder = { value: { "~payload": reference } };
    expect(referenceIn(holder)).toBeUndefined();
    expect(await unpack(holder, new Shelf().get)).toBe(holder);
  }
});

test("a key tells its run, and no other text is one", () => {
  const key = payloadKey(run, "name");
  expect(parsePayloadKey(key)).toEqual({ ...run, name: "name" });
  for (const text of ["", "a/b/c", "a/b/c/", "/b/c/d", "a//c/d", "a/b//d", "a/b/c/d/e"]) {
    expect(parsePayloadKey(text)).toBeUndefined();
  }
});

test("a payload is owned by its run alone", () => {
  const reference = { key: payloadKey(run, "name"), bytes: 1 };
  expect(isOwnedBy(reference, run)).toBe(true);
  for (const other of [
    { ...run, run: "r" },
    { ...run, run: "r12" },
    { ...run, workflowId: "4" },
  ]) {
    expect(isOwnedBy(reference, other)).toBe(false);
  }
});

test("in place of arguments, which every message has as an array, a reference stands in one", () => {
  const reference = { key: payloadKey(run, "1"), bytes: 9 };
  const mark = [{ "~payload": reference }];
  expect(refer({ args: [1, 2] }, reference)).toEqual({ args: mark });
  expect(refer({ operation: { args: [] } }, reference)).toEqual({ operation: { args: mark } });
  expect(referenceIn({ args: mark })).toEqual(reference);
  expect(referenceIn({ args: [...mark, 1] })).toBeUndefined();
});

test.each(["x~payload", "~payloads", "payload", "~ payload"])(
  "%s is no mark, so it is not escaped",
  (name) => {
    const holder = { value: { [name]: 1 } };
    expect(escaped(holder)).toBe(holder);
  },
);
