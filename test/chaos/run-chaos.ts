import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deadLetterTopic } from "../../lib/core/topics.ts";
import { countExecutions } from "../integration/kills/executions.ts";
import { drive, settle, until } from "../load/drive.ts";
import { LoadClient } from "../load/load-client.ts";
import { Outsider } from "../load/outsider.ts";
import { Watch } from "../load/watch.ts";
import { readAftermath } from "./aftermath.ts";
import { type ChaosSystem, executionsIn, readingsIn, startChaosSystem } from "./chaos-system.ts";
import { Mischief, type Tally } from "./mischief.ts";
import { planOf } from "./plan.ts";
import { READINGS, readingOf } from "./readings.ts";
import { ReadingsPublisher } from "./readings-publisher.ts";
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

/** Much longer than it takes; a machine that is too slow for the load works it off afterwards. */
const SETTLE_MINUTES = 10;

const LETTERS = deadLetterTopic(READINGS);

/** Runs a load in a system in which things go wrong, as a seed says, and judges what comes out. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { workflows, minutes, seed, directory } = options;
  await mkdir(directory, { recursive: true });
  const system = await startChaosSystem(directory);
  try {
    const watch = new Watch(system.outside.stateStore);
    const outsider = new Outsider(system.outside);
    const load = { client: new LoadClient(system.outside), outsider, watch };
    const publisher = new ReadingsPublisher({ ...system.outside, seed });
    const mischief = new Mischief(system, join(directory, "faults.jsonl"));
    await Promise.all([
      mischief.run(planOf(seed, minutes)),
      drive(load, {
        seed,
        count: workflows,
        ms: minutes * 60_000,
        onTick: async (started) => publisher.publishUpTo(started),
      }),
    ]);
    const calmAt = performance.now();
    const settleMs = (SETTLE_MINUTES + 2 * minutes) * 60_000;
    await settle(load, settleMs);
    await publisher.finish();
    const healedAfterSeconds = Math.round((performance.now() - calmAt) / 1_000);
    const due = async () =>
      (await system.namespace.backlogs()).filter(({ topic, due }) => due > 0 && topic !== LETTERS);
    await until(async () => (await due()).length === 0, settleMs);
    const left = await due();
    const parked = (await system.namespace.backlogs()).filter(
      ({ topic }) => topic.startsWith("dlq:") && topic !== LETTERS,
    );
    const readings = await verdictOfReadings(system, options);
    const exitCodes = await system.stopVictims();

    const aftermath = await readAftermath(system.outside.stateStore, { ...options, earlier: watch.earlier });
    const executions = await countExecutions(executionsIn(directory));
    const executed = new Set([...executions.keys()].map(taskOf));
    const unfinished = watch.oldest.map((name) => `${name} has not ended`);
    const violations = [
      ...watch.violations,
      ...unfinished,
      ...aftermath.violations,
      ...readings.violations,
      ...missing(executed, aftermath.issued, "was executed, and is in no history"),
      ...missing(aftermath.answered, executed, "has an outcome, and was never executed"),
      ...left.map(({ topic, due }) => `${due} messages are left on ${topic}`),
      ...parked.map(({ topic }) => `messages were parked on ${topic}`),
      ...exitCodes.flatMap((code) => (code === 0 ? [] : [`a process ended with ${code}`])),
    ];
    const count = [...executions.values()].reduce((sum, one) => sum + one, 0);
    const report: ChaosReport = {
      isPassed: violations.length === 0,
      workflows,
      minutes,
      seed,
      faults: mischief.tally,
      healedAfterSeconds,
      lost: watch.pending + watch.violations.length + readings.violations.length,
      doubled: aftermath.violations.length,
      instances: aftermath.instances,
      tasks: {
        issued: aftermath.issued.size,
        applied: aftermath.applied.size,
        executions: count,
        repeated: count - executions.size,
      },
      delegated: outsider.tally,
      earlierLives: watch.earlier.length,
      readings: talliesOf(readings),
      parked: parked.length,
      left: left.length,
      violations,
    };
    await writeFile(join(directory, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
    return report;
  } finally {
    await system.stopVictims();
    await system.stop();
  }
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

const talliesOf = ({ violations: _, ...tallies }: ReadingsVerdict): ChaosReport["readings"] => tallies;

const taskOf = (attempt: string): string => attempt.slice(0, attempt.lastIndexOf(" "));

const missing = (from: ReadonlySet<string>, there: ReadonlySet<string>, what: string): readonly string[] =>
  [...from].filter((task) => !there.has(task)).map((task) => `task ${task} ${what}`);
