import { deadLetterTopic } from "../../lib/core/protocol/topics.ts";
import { countExecutions } from "../integration/kills/executions.ts";
import type { Backlog } from "../integration/kills/pulsar-namespace.ts";
import type { Outsider } from "../load/outsider.ts";
import type { Watch } from "../load/watch.ts";
import { readAftermath } from "./aftermath.ts";
import { type ChaosSystem, executionsIn, readingsIn } from "./chaos-system.ts";
import type { Tally } from "./mischief.ts";
import { READINGS, readingOf } from "./readings.ts";
import { judgeReadings, type ReadingsVerdict, readReadings } from "./readings-verdict.ts";

export interface ChaosOptions {
  readonly workflows: number;
  /** How long workflows are begun, and things go wrong. */
  readonly minutes: number;
  readonly seed: number;
  /** Gets the log of faults (`faults.jsonl`), those of all processes, and the servers' data. */
  readonly directory: string;
}

/** What came of it. */
export interface ChaosReport extends Omit<ChaosOptions, "directory"> {
  readonly isPassed: boolean;
  readonly faults: Tally;
  /** From the last fault until all had ended. */
  readonly healedAfterSeconds: number;
  /** Workflows that have not ended, or with another result than the model's; readings with another end than theirs. */
  readonly lost: number;
  /** Outcomes, or other effects, that a history has twice. */
  readonly doubled: number;
  /** Workflows that were asked for, collectors and children: all that histories were read of. */
  readonly instances: number;
  readonly tasks: {
    readonly issued: number;
    /** With an outcome in history: one each. */
    readonly applied: number;
    readonly executions: number;
    /** Executions of attempts that were executed before. */
    readonly repeated: number;
  };
  /** What somebody outside said of tasks that were handed over. */
  readonly delegated: Outsider["tally"];
  /** Lives of ids that began anew. */
  readonly earlierLives: number;
  /** What became of the messages of the user's own topic. */
  readonly readings: Omit<ReadingsVerdict, "violations">;
  /** Topics on which something was parked that must not be. */
  readonly parked: number;
  readonly left: number;
  readonly violations: readonly string[];
}

/** A load that has ended, as far as it will, and what was done to it. */
interface Ended {
  readonly watch: Watch;
  readonly outsider: Outsider;
  readonly faults: Tally;
  readonly healedAfterSeconds: number;
  /** Topics on which something is left that is due. */
  readonly left: readonly Backlog[];
}

const LETTERS = deadLetterTopic(READINGS);

/** Topics on which something is left that is due; the letters of readings stay until they are judged. */
export async function leftIn({ namespace }: ChaosSystem): Promise<readonly Backlog[]> {
  return (await namespace.backlogs()).filter(({ topic, due }) => due > 0 && topic !== LETTERS);
}

/** Judges what came out of a load, and ends bridges and functions. */
export async function reportOf(
  system: ChaosSystem,
  options: ChaosOptions,
  { watch, outsider, faults, healedAfterSeconds, left }: Ended,
): Promise<ChaosReport> {
  const { workflows, minutes, seed } = options;
  const parked = (await system.namespace.backlogs()).filter(
    ({ topic }) => topic.startsWith("dlq:") && topic !== LETTERS,
  );
  const { violations: wrongReadings, ...readings } = await verdictOfReadings(system, options);
  const exitCodes = await system.stopVictims();
  const aftermath = await readAftermath(system.outside.stateStore, { ...options, earlier: watch.earlier });
  const { executed, ...executions } = await executionsOf(options);
  const violations = [
    ...watch.violations,
    ...watch.oldest.map((name) => `${name} has not ended`),
    ...aftermath.violations,
    ...wrongReadings,
    ...missing(executed, aftermath.issued, "was executed, and is in no history"),
    ...missing(aftermath.answered, executed, "has an outcome, and was never executed"),
    ...left.map(({ topic, due }) => `${due} messages are left on ${topic}`),
    ...parked.map(({ topic }) => `messages were parked on ${topic}`),
    ...exitCodes.flatMap((code) => (code === 0 ? [] : [`a process ended with ${code}`])),
  ];
  return {
    isPassed: violations.length === 0,
    ...{ workflows, minutes, seed, faults, healedAfterSeconds },
    lost: watch.pending + watch.violations.length + wrongReadings.length,
    doubled: aftermath.violations.length,
    instances: aftermath.instances,
    tasks: { issued: aftermath.issued.size, applied: aftermath.applied.size, ...executions },
    delegated: outsider.tally,
    earlierLives: watch.earlier.length,
    readings,
    parked: parked.length,
    left: left.length,
    violations,
  };
}

/** The tasks that were executed, and how often. */
async function executionsOf({ directory }: ChaosOptions) {
  const byAttempt = await countExecutions(executionsIn(directory));
  const executions = [...byAttempt.values()].reduce((sum, one) => sum + one, 0);
  const executed = new Set(
    [...byAttempt.keys()].map((attempt) => attempt.slice(0, attempt.lastIndexOf(" "))),
  );
  return { executed, executions, repeated: executions - byAttempt.size };
}

/** Judges what became of the readings: one for each workflow. */
async function verdictOfReadings(
  { outside: { broker }, namespace }: ChaosSystem,
  { workflows, seed, directory }: ChaosOptions,
): Promise<ReadingsVerdict> {
  const letters = (await namespace.backlogs()).find(({ topic }) => topic === LETTERS)?.due ?? 0;
  const past = await readReadings({ directory: readingsIn(directory), broker, letters });
  return judgeReadings(
    Array.from({ length: workflows }, (_, nth) => readingOf(seed, nth)),
    past,
  );
}

const missing = (from: ReadonlySet<string>, there: ReadonlySet<string>, what: string): readonly string[] =>
  [...from].filter((task) => !there.has(task)).map((task) => `task ${task} ${what}`);
