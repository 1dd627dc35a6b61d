import { describe, expect, test } from "vitest";
import { BUGS } from "./bugs.ts";
import { FAILED_SEEDS } from "./failed-seeds.ts";
import type { Replay } from "./functions.ts";
import { report } from "./shrink.ts";
import { simulate } from "./simulation.ts";

const TIMEOUT_MS = 300_000;
const NEW_SEEDS = 500;
/** The seeds that a bug must be found in. */
const SEEDS_FOR_A_BUG = 1_000;

/** Other seeds every time; SIMULATION_SEED gives the ones of an earlier run. */
const fresh = Number(process.env["SIMULATION_SEED"] ?? Math.floor(Date.now() / 1_000));

async function expectNoViolation(seed: number, replay?: Replay): Promise<void> {
  const { violations } = await simulate({ seed, replay });
  if (violations.length > 0) expect.fail(await report({ seed, replay }));
}

describe("whatever goes wrong, what comes out is what the model says, and no invariant breaks", () => {
  test.each(["as-needed", "always"] as const)(
    "EDG-01 with each seed that ever failed, replayed %s",
    async (replay) => {
      for (const seed of FAILED_SEEDS) await expectNoViolation(seed, replay);
    },
    TIMEOUT_MS,
  );

  test(
    `EDG-01 with ${NEW_SEEDS} new seeds, from ${fresh} on, each second of which replays always`,
    async () => {
      for (let seed = fresh; seed < fresh + NEW_SEEDS; seed += 1) await expectNoViolation(seed);
    },
    TIMEOUT_MS,
  );
});

describe("the simulation finds a system", () => {
  test.each(Object.entries(BUGS))(
    "with %s",
    async (_name, sabotage) => {
      for (let seed = 1; seed <= SEEDS_FOR_A_BUG; seed += 1) {
        const { violations } = await simulate({ seed, sabotage: sabotage() });
        if (violations.length > 0) return;
      }
      expect.fail(`expected a violation within ${SEEDS_FOR_A_BUG} seeds, got none`);
    },
    TIMEOUT_MS,
  );
});

/** Seeds whose histories are long enough for chunks, one whose code throws late, and some new ones. */
const TWICE = [79, 225, 1_796_102_551, ...Array.from({ length: 10 }, (_, index) => fresh + index)];

test("the same seed gives the same log, byte for byte", async () => {
  for (const seed of TWICE) {
    const [once, again] = [await simulate({ seed }), await simulate({ seed })];
    expect(again.digest).toBe(once.digest);
    expect(again.lines).toEqual(once.lines);
  }
});
