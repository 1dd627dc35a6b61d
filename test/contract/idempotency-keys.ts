import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Clock } from "../../lib/ports/clock.ts";
import type { IdempotencyKeys } from "../../lib/ports/idempotency-keys.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

/** Opens callers' keys of one and the same data. */
export interface IdempotencyKeysSubject {
  open(): IdempotencyKeys;
  stop(): Promise<void>;
}

/** Specifies {@link IdempotencyKeys} for one adapter. */
export function idempotencyKeysContract(
  name: string,
  start: (clock: Clock) => Promise<IdempotencyKeysSubject>,
): void {
  describe(`idempotency keys: ${name}`, () => {
    const clock = new ManualClock();
    let subject: IdempotencyKeysSubject;
    beforeAll(async () => {
      subject = await start(clock);
    });
    afterAll(() => subject.stop());

    const inSeconds = (seconds: number): number => Math.floor(clock.now() / 1_000) + seconds;
    const claim = async (key: string, fingerprint: string, seconds = 60) =>
      (await subject.open().claim(key, fingerprint, inSeconds(seconds))).fingerprint;

    test("answers every claim of a key with the first, whoever asks, for a write unit", async () => {
      const key = randomUUID();
      const first = await subject.open().claim(key, "one", inSeconds(60));
      expect(first).toEqual({ fingerprint: "one", readUnits: 0, writeUnits: 1 });
      const again = await subject.open().claim(key, "one", inSeconds(60));
      expect(again).toMatchObject({ fingerprint: "one", writeUnits: 1 });
      expect(await claim(key, "two")).toBe("one");
    });

    test("tells whether a key is claimed, for a read unit, until the claim expires", async () => {
      const key = randomUUID();
      const keys = subject.open();
      expect(await keys.has(key)).toEqual({ isClaimed: false, readUnits: 1, writeUnits: 0 });
      await claim(key, "one", 10);
      expect(await keys.has(key)).toEqual({ isClaimed: true, readUnits: 1, writeUnits: 0 });
      await clock.advance(10_000);
      expect((await keys.has(key)).isClaimed).toBe(false);
    });

    test("lets one of many at the same time be the first", async () => {
      const key = randomUUID();
      const fingerprints = ["a", "b", "c", "d", "e"];
      const answers = await Promise.all(fingerprints.map((fingerprint) => claim(key, fingerprint)));
      expect(new Set(answers).size).toBe(1);
      expect(fingerprints).toContain(answers[0]);
    });

    test("tells keys apart", async () => {
      const key = randomUUID();
      await claim(key, "one");
      for (const other of [`${key} `, key.toUpperCase(), `${key}#1`, "é".repeat(300)]) {
        expect(await claim(other, "two")).toBe("two");
      }
    });

    test("forgets a claim from the second on at which it expires, and not later for being repeated", async () => {
      const key = randomUUID();
      await claim(key, "one", 10);
      await clock.advance(9_000);
      expect(await claim(key, "two", 10)).toBe("one");
      await clock.advance(1_000);
      expect(await claim(key, "two", 10)).toBe("two");
    });
  });
}
