import type { Replay } from "./functions.ts";
import type { OwnTopics } from "./own-topics.ts";
import type { Journey, Programs, Step } from "./program.ts";
import type { Sabotage } from "./sabotage.ts";
import { type Result, simulate } from "./simulation.ts";

/** Runs that shrinking may take. */
const MOST_RUNS = 250;
const LAST_LINES = 80;
const LONGEST_LINE = 240;

/** A seed that fails, how it replays unless as each such seed does, and the bug that was put in, if one was. */
export interface Failing {
  readonly seed: number;
  readonly replay?: Replay | undefined;
  readonly sabotage?: () => Sabotage;
}

/** Leaves out workflows, steps, topics of the user's own, their messages and faults, one after the other, as long as the run still fails. */
async function shrink({ seed, replay, sabotage = () => ({}) }: Failing): Promise<Result> {
  let suppressed: ReadonlySet<string> = new Set();
  let smallest = await simulate({ seed, replay, sabotage: sabotage() });
  let runs = 0;
  const fails = async (
    programs: Programs,
    without: ReadonlySet<string>,
    ownTopics = smallest.ownTopics,
  ): Promise<boolean> => {
    if (runs >= MOST_RUNS) return false;
    runs += 1;
    const result = await simulate({
      seed,
      replay,
      sabotage: sabotage(),
      programs,
      ownTopics,
      suppressed: without,
    });
    if (result.violations.length === 0) return false;
    smallest = result;
    suppressed = without;
    return true;
  };
  const leaveOutPrograms = async (): Promise<void> => {
    for (let changed = true; changed; ) {
      changed = false;
      for (const programs of smaller(smallest.programs)) {
        changed = await fails(programs, suppressed);
        if (changed) break;
      }
    }
  };
  const leaveOutOwnTopics = async (): Promise<void> => {
    for (let changed = true; changed; ) {
      changed = false;
      for (const topics of smallerTopics(smallest.ownTopics)) {
        changed = await fails(smallest.programs, suppressed, topics);
        if (changed) break;
      }
    }
  };
  const leaveOutFaults = async (): Promise<void> => {
    for (let size = smallest.faults.length; size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < smallest.faults.length; ) {
        const piece = smallest.faults.slice(from, from + size);
        if (!(await fails(smallest.programs, new Set([...suppressed, ...piece])))) from += size;
      }
    }
  };
  await leaveOutPrograms();
  await leaveOutOwnTopics();
  await leaveOutFaults();
  await leaveOutPrograms();
  return smallest;
}

/** Tells a failure in full: the command that replays it, and what is left of it when shrunk. */
export async function report(failing: Failing, bug?: string): Promise<string> {
  const { seed, replay } = failing;
  const { programs, ownTopics, violations, faults, lines } = await shrink(failing);
  const option = `${replay ? ` --replay ${replay}` : ""}${bug === undefined ? "" : ` --bug "${bug}"`}`;
  return [
    `seed ${seed} fails; replay it with: npm run simulate -- --seed ${seed}${option}`,
    ...violations.map((violation) => `  ${violation.slice(0, 2_000)}`),
    "shrunk to the workflows",
    ...programs.map((program) => `  ${JSON.stringify(program)}`),
    ...(ownTopics.length > 0 ? ["and the topics of the user's own"] : []),
    ...ownTopics.map((topic) => `  ${JSON.stringify(topic)}`),
    "and the faults",
    ...faults.map((fault) => `  ${fault}`),
    `whose log ends with (milliseconds, what happened)`,
    ...lines.slice(-LAST_LINES).map((line) => `  ${line.slice(0, LONGEST_LINE)}`),
  ].join("\n");
}

/** The same programs, less one journey, life, step or branch. */
function* smaller(programs: Programs): Generator<Programs> {
  for (const index of programs.keys()) if (programs.length > 1) yield programs.toSpliced(index, 1);
  for (const [index, program] of programs.entries())
    for (const less of smallerJourneys(program)) yield programs.toSpliced(index, 1, less);
}

/** The same topics, less one, or less one message. */
function* smallerTopics(topics: OwnTopics): Generator<OwnTopics> {
  for (const index of topics.keys()) yield topics.toSpliced(index, 1);
  for (const [index, topic] of topics.entries())
    for (const nth of topic.messages.keys())
      yield topics.toSpliced(index, 1, { ...topic, messages: topic.messages.toSpliced(nth, 1) });
}

function* smallerJourneys(journey: Journey): Generator<Journey> {
  const { lives } = journey;
  for (const [index, steps] of lives.entries())
    for (const less of smallerSteps(steps)) yield { ...journey, lives: lives.toSpliced(index, 1, less) };
}

function* smallerSteps(steps: readonly Step[]): Generator<readonly Step[]> {
  for (const index of steps.keys()) yield steps.toSpliced(index, 1);
  for (const [index, step] of steps.entries()) {
    if (step.do === "child")
      for (const less of smallerSteps(step.steps)) yield steps.toSpliced(index, 1, { ...step, steps: less });
    if (step.do !== "parallel") continue;
    for (const [nth, branch] of step.branches.entries()) {
      yield steps.toSpliced(index, 1, { ...step, branches: step.branches.toSpliced(nth, 1) });
      for (const less of smallerSteps(branch))
        yield steps.toSpliced(index, 1, { ...step, branches: step.branches.toSpliced(nth, 1, less) });
    }
  }
}
