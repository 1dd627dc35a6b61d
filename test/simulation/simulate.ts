/**
 * Runs seeds of the simulation; see docs/simulation.md.
 *
 * npm run simulate -- --seeds 10000            ten thousand seeds, from one that the date gives
 * npm run simulate -- --seed 42                one seed, and what is left of its failure when shrunk
 * npm run simulate -- --seed 42 --log          its whole log
 * npm run simulate -- --seeds 1000 --bug "dedup off"   seeds with that bug put in, until one finds it
 * npm run simulate -- --seeds 1000 --replay always     seeds in which each step replays its history; or as-needed;
 *                                              each second one, unless told
 */
import { parseArgs } from "node:util";
import { BUGS } from "./bugs.ts";
import type { Replay } from "./functions.ts";
import { report } from "./shrink.ts";
import { simulate } from "./simulation.ts";

/** Failures that are told in full. */
const MOST_REPORTS = 3;
const PROGRESS_EVERY = 1_000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    bug: { type: "string" },
    replay: { type: "string" },
    log: { type: "boolean", default: false },
  },
});
const first = Number(values.seed ?? Math.floor(Date.now() / 1_000));
const count = Number(values.seeds ?? (values.seed === undefined ? 100 : 1));
const sabotage = values.bug === undefined ? undefined : BUGS[values.bug];
if (values.bug !== undefined && sabotage === undefined)
  throw new RangeError(`expected one of ${Object.keys(BUGS).join(", ")}, got ${values.bug}`);
if (![undefined, "always", "as-needed"].includes(values.replay))
  throw new RangeError(`expected always or as-needed, got ${values.replay}`);
const replay = values.replay as Replay | undefined; // just looked at

const failed: number[] = [];
let events = 0;
let faults = 0;
let ran = 0;
const startedAt = performance.now();
for (let seed = first; seed < first + count; seed += 1) {
  const result = await simulate({ seed, replay, ...(sabotage && { sabotage: sabotage() }) });
  ran += 1;
  events += result.happened;
  faults += result.faults.length;
  if (values.log) console.log(result.lines.join("\n"));
  if (count === 1) console.log(`digest of its log: ${result.digest}`);
  if (ran % PROGRESS_EVERY === 0) console.log(`${ran} seeds, ${failed.length} failed`);
  if (result.violations.length === 0) continue;
  failed.push(seed);
  if (failed.length <= MOST_REPORTS)
    console.log(await report({ seed, replay, ...(sabotage && { sabotage }) }, values.bug));
  else console.log(`seed ${seed} fails: ${result.violations[0]?.slice(0, 300)}`);
  if (sabotage !== undefined) break;
}
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
console.log(
  `seeds ${first} to ${first + ran - 1}: ${ran} run, ${failed.length} failed, ${events} events, ${faults} faults, ${seconds} s`,
);
if (failed.length > 0) console.log(`failed: ${failed.join(", ")}`);
process.exitCode = failed.length > 0 ? 1 : 0;
