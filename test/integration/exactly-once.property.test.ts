import fc from "fast-check";
import { expect, it } from "vitest";
import { expectOnce } from "./exactly-once.ts";
import { memoryGround } from "./grounds.ts";
import type { Leg } from "./itinerary.ts";
import { POINTS, type Strike } from "./life.ts";
import { type Faults, Lives } from "./lives.ts";
import { WRONG_HINTS, withHints } from "./wrong-hints.ts";

const LEGS: readonly Leg[] = ["task", "flaky", "parallel", "signal", "child", "timer", "far-timer"];

/** Each way in which a run may go: the legs of its itineraries, and what is struck. */
const plan = fc.record({
  itineraries: fc.array(fc.array(fc.constantFrom(...LEGS), { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 3,
  }),
  /** Which passings of any point at all are struck. */
  strikes: fc.uniqueArray(fc.record({ point: fc.constantFrom(...POINTS), passing: fc.nat({ max: 25 }) }), {
    maxLength: 10,
    selector: ({ point, passing }) => `${point} ${passing}`,
  }),
  copies: fc.constantFrom(1, 2),
  bridges: fc.constantFrom(1 as const, 2 as const),
  hint: fc.option(fc.constantFrom(...Object.keys(WRONG_HINTS)), { nil: undefined }),
});

function strikeAt(strikes: readonly { readonly point: string; readonly passing: number }[]): Strike {
  const passed = new Map<string, number>();
  return (point) => {
    const passing = passed.get(point) ?? 0;
    passed.set(point, passing + 1);
    return strikes.some((strike) => strike.point === point && strike.passing === passing);
  };
}

it.each([
  ["a fixed seed", 20_260_101],
  ["a fresh seed", Date.now() % 2 ** 31],
])("whatever is struck, everything happens exactly once, with %s (%i)", async (_name, seed) => {
  const property = fc.asyncProperty(plan, async ({ itineraries, strikes, copies, bridges, hint }) => {
    const forge = hint === undefined ? undefined : WRONG_HINTS[hint];
    const faults: Faults = {
      strike: strikeAt(strikes),
      copies,
      bridges,
      ...(forge && { wrap: withHints(forge) }),
    };
    const ground = await memoryGround();
    const lives = new Lives(ground, faults);
    const byId = Object.fromEntries(itineraries.map((legs, index) => [`trip-${index}`, legs]));
    await lives.run(byId);
    for (const [id, legs] of Object.entries(byId)) await expectOnce(lives, id, legs);
    expect(lives.count).toBeLessThanOrEqual(bridges + strikes.length);
    await lives.close();
    await ground.close();
  });
  await fc.assert(property, { seed, numRuns: 50 });
});
