import fc from "fast-check";
import { expect, test } from "vitest";
import { isLongerThan, utf8Bytes } from "../../lib/core/values/utf8.ts";

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

test.each([0x00, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x103ff, 0x10fc00, 0x10ffff])(
  "the code point %i has as many bytes as its encoding",
  (point) => {
    const text = String.fromCodePoint(point);
    expect(utf8Bytes(text)).toBe(bytesOf(text));
  },
);

test("a text has the bytes of all its characters, and is longer than any less", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat(20), (text, bytes) => {
      expect(utf8Bytes(text)).toBe(bytesOf(text));
      expect(isLongerThan(bytes, text)).toBe(bytesOf(text) > bytes);
    }),
  );
});

test.each(["abc", "äöü", "日本語", "🚀🚀"])(
  "%s is longer than one byte less than it has, and than no more",
  (text) => {
    expect(isLongerThan(bytesOf(text) - 1, text)).toBe(true);
    expect(isLongerThan(bytesOf(text), text)).toBe(false);
  },
);
