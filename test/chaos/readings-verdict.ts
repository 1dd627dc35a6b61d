import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { deadLetterTopic, SUBSCRIPTION } from "../../lib/core/protocol/topics.ts";
import type { Broker, IncomingMessage } from "../../lib/ports/broker.ts";
import { isPoison, MOST_ATTEMPTS, READINGS, type Reading } from "./readings.ts";
import { FAILED_PREFIX, PROCESSED_PREFIX, type Processed } from "./readings-handler.ts";

/** What is known of readings, when nothing is due any more. */
export interface ReadingsPast {
  readonly processed: readonly Processed[];
  /** Names of those that failed a first time, as flaky ones do. */
  readonly failed: ReadonlySet<string>;
  readonly letters: readonly IncomingMessage[];
}

/** What became of readings: how often something was processed or parked once more is no violation, and counted. */
export interface ReadingsVerdict {
  readonly processed: number;
  readonly processedAgain: number;
  readonly parked: number;
  readonly parkedAgain: number;
  readonly violations: readonly string[];
}

/** Reads what handlers have recorded in a directory, and takes so many letters from the broker. */
export async function readReadings(options: {
  readonly directory: string;
  readonly broker: Broker;
  readonly letters: number;
}): Promise<ReadingsPast> {
  const { directory } = options;
  const processed: Processed[] = [];
  const files = await readdir(directory);
  for (const file of files.filter((name) => name.startsWith(PROCESSED_PREFIX)))
    for (const line of (await readFile(join(directory, file), "utf8")).split("\n"))
      if (line !== "") processed.push(JSON.parse(line) as Processed);
  const failed = files.filter((name) => name.startsWith(FAILED_PREFIX));
  return {
    processed,
    failed: new Set(failed.map((name) => name.slice(FAILED_PREFIX.length))),
    letters: await takeLetters(options),
  };
}

/** Longer than a broker takes to deliver what it has. */
const LETTER_MS = 20_000;

async function takeLetters({
  broker,
  letters: count,
}: {
  readonly broker: Broker;
  readonly letters: number;
}): Promise<readonly IncomingMessage[]> {
  if (count === 0) return [];
  const topic = deadLetterTopic(READINGS);
  const options = { topic, subscription: SUBSCRIPTION, type: "shared", prefetch: 100 } as const;
  const consumer = await broker.subscribe(options);
  const letters: IncomingMessage[] = [];
  while (letters.length < count) {
    const letter = await Promise.race([consumer.receive(), sleep(LETTER_MS, undefined, { ref: false })]);
    if (letter === undefined) break;
    letters.push(letter);
    consumer.acknowledge(letter);
  }
  await consumer.close();
  return letters;
}

/** Judges what became of readings, which are given as they were published. */
export function judgeReadings(readings: readonly Reading[], past: ReadingsPast): ReadingsVerdict {
  const violations: string[] = [];
  const processed = firstOf(past.processed.map(({ name, at }) => [name, at]));
  const parked = firstOf(past.letters.map((letter) => [nameIn(letter), letter.publishedAt]));
  const last = new Map<string, { readonly name: string; readonly at: number }>();
  for (const reading of readings) {
    const { name, sensor, fate } = reading;
    const [done, other] = isPoison(reading) ? [parked, processed] : [processed, parked];
    const at = done.get(name);
    if (other.has(name))
      violations.push(`${name} (${fate}) was ${isPoison(reading) ? "processed" : "parked"}`);
    if (fate === "flaky" && !past.failed.has(name)) violations.push(`${name} has never failed`);
    if (at === undefined) {
      if (!other.has(name)) violations.push(`${name} (${fate}) was neither processed nor parked`);
      continue;
    }
    const before = last.get(sensor);
    if (before !== undefined && before.at > at)
      violations.push(`${name} was done ${before.at - at} ms before ${before.name}, of the same sensor`);
    last.set(sensor, { name, at });
  }
  return {
    processed: processed.size,
    processedAgain: past.processed.length - processed.size,
    parked: parked.size,
    parkedAgain: past.letters.length - parked.size,
    violations: [...violations, ...past.letters.flatMap(letterViolations)],
  };
}

/** The first instant of each name. */
function firstOf(all: readonly (readonly [string, number])[]): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const [name, at] of all) first.set(name, Math.min(at, first.get(name) ?? at));
  return first;
}

const nameIn = ({ payload }: IncomingMessage): string => (JSON.parse(payload) as Reading).name;

/** Why the last attempt may have failed where what runs it is frozen or killed. */
const CUT_OFF = "expected an answer in time, got none";

/** A letter tells after how many attempts it was parked, and why the last one failed. */
function letterViolations({ payload, key, properties }: IncomingMessage): readonly string[] {
  const { name, sensor } = JSON.parse(payload) as Reading;
  const { code, reason = "", attempts, originTopic } = properties;
  const isRight =
    code === "ATTEMPTS_EXHAUSTED" &&
    (reason.includes(`expected another reading than ${name}`) || reason === CUT_OFF) &&
    Number(attempts) >= MOST_ATTEMPTS &&
    originTopic === READINGS &&
    key === sensor;
  return isRight ? [] : [`${name} was parked with key ${key} and ${JSON.stringify(properties)}`];
}
