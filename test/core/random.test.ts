import { describe, expect, test } from "vitest";
import { hash128 } from "../../lib/core/values/hash.ts";
import { Random } from "../../lib/core/values/random.ts";

const stream = (seed: string, count: number): number[] => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => random.next());
};

/** How far counts are from equal, as a chi-squared over its degrees of freedom: about 1 for chance. */
const unevenness = (counts: readonly number[]): number => {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0) / (counts.length - 1);
};

function spread(values: Iterable<number>, buckets: number): number[] {
  const counts = new Array<number>(buckets).fill(0);
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

describe("random numbers", () => {
  test("are the same for the same seed, for ever", () => {
    expect(stream("run:0", 100)).toEqual(stream("run:0", 100));
    expect(stream("golden", 3)).toMatchInlineSnapshot(`
      [
        0.9454021046403795,
        0.9693297476042062,
        0.7518378624226898,
      ]
    `);
    expect(new Random("golden").uuid()).toMatchInlineSnapshot(`"f205df51-f825-4e8d-8078-7237f32ca993"`);
  });

  test("are others for another seed, however alike", () => {
    const firsts = Array.from({ length: 10_000 }, (_, index) => stream(`run:${index}`, 1)[0] as number);
    expect(new Set(firsts).size).toBeGreaterThan(9_990);
    expect(
      unevenness(
        spread(
          firsts.map((value) => Math.floor(value * 64)),
          64,
        ),
      ),
    ).toBeLessThan(1.6);
  });

  test("lie in [0, 1), evenly, and do not tell the next one", () => {
    const values = stream("seed", 100_000);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(
      unevenness(
        spread(
          values.map((value) => Math.floor(value * 100)),
          100,
        ),
      ),
    ).toBeLessThan(1.6);
    const pairs = values
      .slice(1)
      .map((value, index) => Math.floor(value * 10) * 10 + Math.floor((values[index] as number) * 10));
    expect(unevenness(spread(pairs, 100))).toBeLessThan(1.6);
  });

  test("make UUIDs of version 4 (RFC 9562), each once", () => {
    const random = new Random("seed");
    const uuids = Array.from({ length: 10_000 }, () => random.uuid());
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(uuids).size).toBe(uuids.length);
    const variants = uuids.map((uuid) => "89ab".indexOf(uuid.charAt(19)));
    expect(unevenness(spread(variants, 4))).toBeLessThan(5);
  });
});

describe("a hash", () => {
  test("is 32 hex digits, the same for the same text, for ever", () => {
    expect(hash128("")).toMatch(/^[0-9a-f]{32}$/);
    expect(["", "a", "Trip:t-1:r1:0.0", "ünïcödé 🚀"].map(hash128)).toMatchInlineSnapshot(`
      [
        "ca355e9c6c0b76e0808276abcb1de23a",
        "d6728afe72ed15a8e418c21050979c6e",
        "b2837818ec52497fbba0a0c7aaa2dff7",
        "8c5ea79f19d29bd46fbdba84270eaa8a",
      ]
    `);
  });

  test("of a hundred thousand ids that are nearly the same is never the same, in any half of it", () => {
    const texts = Array.from(
      { length: 100_000 },
      (_, index) => `OrderFlow:order-${index % 1_000}:r${index % 10}:0.${Math.floor(index / 1_000)}`,
    );
    const hashes = new Set(texts).size === texts.length ? texts.map(hash128) : expect.unreachable();
    expect(new Set(hashes).size).toBe(texts.length);
    expect(new Set(hashes.map((hash) => hash.slice(0, 16))).size).toBe(texts.length);
    expect(new Set(hashes.map((hash) => hash.slice(16))).size).toBe(texts.length);
    for (const place of [0, 10, 21, 31]) {
      expect(
        unevenness(
          spread(
            hashes.map((hash) => Number.parseInt(hash.charAt(place), 16)),
            16,
          ),
        ),
      ).toBeLessThan(3);
    }
  });

  test("tells texts apart that differ only in their end, also by what counts as nothing", () => {
    const texts = ["a", "a\0", "a\0\0", "\0a", "aaaaaaaa", "aaaaaaaaa", "aaaaaaaa\0", "aaaaaaa"];
    expect(new Set(texts.map(hash128)).size).toBe(texts.length);
  });

  test("changes about half of its bits with one bit of the text", () => {
    let changed = 0;
    const bits = (hash: string) => BigInt(`0x${hash}`);
    for (let index = 0; index < 1_000; index++) {
      const text = `Trip:t-${index}:r1:0.0`;
      const at = index % text.length;
      const other = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
      changed += [...(bits(hash128(text)) ^ bits(hash128(other))).toString(2)].filter(
        (bit) => bit === "1",
      ).length;
    }
    expect(changed / 1_000).toBeGreaterThan(60);
    expect(changed / 1_000).toBeLessThan(68);
  });
});
