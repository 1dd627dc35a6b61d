import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FaultyWorld } from "./faulty-world.ts";

const KEYS = ["a", "b", "c", "d"];
const MESSAGES = 8;

const inOrder = (key: string): string[] =>
  Array.from({ length: MESSAGES }, (_, n) => [`${key}:${n}:x`, `${key}:${n}:y`]).flat();

describe("whatever functions, broker and connections do", () => {
  it("loses no message, keeps each key's order, and acknowledges only after receipts (I5, I6)", async () => {
    const seeds = fc.record({ seed: fc.nat(), count: fc.nat({ max: 400 }) });
    await fc.assert(
      fc.asyncProperty(seeds, async (faults) => {
        const world = new FaultyWorld({ ...faults, bridges: 1, reconnects: false });
        await world.run(KEYS, MESSAGES);
        expect(world.breaches).toEqual([]);
        expect(world.acknowledged.size).toBe(KEYS.length * MESSAGES);
        for (const key of KEYS) {
          const received = [...world.receipts].filter((payload) => payload.startsWith(`${key}:`));
          expect(received).toEqual(inOrder(key));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("loses nothing while connections die and two bridges share the keys (I7)", async () => {
    const seeds = fc.record({ seed: fc.nat(), count: fc.nat({ max: 400 }) });
    await fc.assert(
      fc.asyncProperty(seeds, async (faults) => {
        const world = new FaultyWorld({ ...faults, bridges: 2, reconnects: true });
        await world.run(KEYS, MESSAGES);
        expect(world.breaches).toEqual([]);
        expect(world.acknowledged.size).toBe(KEYS.length * MESSAGES);
        expect([...world.receipts].toSorted()).toEqual(KEYS.flatMap(inOrder).toSorted());
      }),
      { numRuns: 60 },
    );
  });
});
