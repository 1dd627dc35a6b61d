import { Chance } from "../simulation/chance.ts";
import { type Journey, journeyOf, type Repertoire, WAIT_FORMS } from "../simulation/program.ts";

const ANYWHERE = [
  "task",
  "task",
  "task",
  "heavy",
  "flaky",
  "retried",
  "broken",
  "delegated",
  "watched",
  "overdue",
  "inline",
  "timer",
  "race",
  "child",
  "heavy-child",
  "broken-child",
  "parallel",
  "nested",
  "latch",
  "late",
  "drawn",
] as const;

/** What needs nothing by hand but what is delegated, and minutes at most. */
const REPERTOIRE: Repertoire = {
  kinds: [...Array<"plain">(6).fill("plain"), "news", "twice", "canceled", "long"],
  anywhere: ANYWHERE,
  atTheTop: [...ANYWHERE, "word", "heavy-word", "patient", "signal", "signal", "ask", "side"],
  inTwoLives: [...ANYWHERE, "word", "word", "heavy-word", "patient"],
  timersMs: [0, 50, 500, 2_000],
  waitForms: WAIT_FORMS,
};

/** The n-th journey of a workload: always the same for the same seed. */
export function programOf(seed: number, nth: number): Journey {
  return journeyOf(new Chance(seed), `journey-${nth}`, REPERTOIRE);
}
