import type { BridgeOptions } from "../../lib/bridge/options.ts";
import { Chance } from "../simulation/chance.ts";

/** A topic of the user's own, with a handler: what sensors have read, in order by sensor. */
export const READINGS = "readings";

/** What becomes of a message: `flaky` fails once, `poison` always, `deadly` ends every invocation that it is in. */
type Fate = "fine" | "flaky" | "poison" | "deadly";

export interface Reading {
  readonly name: string;
  /** Its key. */
  readonly sensor: string;
  readonly fate: Fate;
}

const SENSORS = 20;
const FATES: readonly Fate[] = [
  ...Array<Fate>(14).fill("fine"),
  "flaky",
  "flaky",
  "flaky",
  "poison",
  "deadly",
];

/** Enough that nothing is parked because what processes it is frozen. */
export const MOST_ATTEMPTS = 5;

/** The n-th reading: always the same for the same seed. */
export function readingOf(seed: number, nth: number): Reading {
  const name = `reading-${nth}`;
  return { name, sensor: `sensor-${nth % SENSORS}`, fate: new Chance(seed).pick(`fate of ${name}`, FATES) };
}

/** Whether a reading can never be processed, and must be parked. */
export const isPoison = ({ fate }: Reading): boolean => fate === "poison" || fate === "deadly";

/** The route of the handler. */
export function readingsRoute({
  timeoutMs,
}: {
  readonly timeoutMs: number;
}): BridgeOptions["routes"][number] {
  return {
    topic: READINGS,
    type: "key_shared",
    functionName: READINGS,
    handler: "stream",
    timeoutMs,
    maxAttempts: MOST_ATTEMPTS,
    batchSize: 5,
    maxConcurrency: 20,
  };
}
