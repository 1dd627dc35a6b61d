import { percentile } from "../bench/percentile.ts";
import type { Sample } from "./sample.ts";

/** RSS at the end over RSS at the baseline. */
const MOST_GROWTH = 1.2;
/** The baseline, in minutes; a shorter soak has it after a sixth of its time, as an hour has. */
const BASELINE_MINUTE = 10;
/** One sample is at the mercy of a collection: medians of so many. */
const WINDOW = 5;
/** What waits at the end may be this many times what waited at the baseline, and so many seconds' load more. */
const MOST_QUEUE_GROWTH = 2;
const QUEUE_SLACK_SECONDS = 10;

/** How something was at the baseline and at the end: medians. */
export interface Course {
  readonly atBaseline: number;
  readonly atEnd: number;
}

export interface SoakVerdict {
  readonly baselineMinute: number;
  readonly rssMb: { readonly bridge: Course; readonly functions: Course };
  readonly heapMb: { readonly bridge: Course; readonly functions: Course };
  readonly rssRatio: { readonly bridge: number; readonly functions: number };
  readonly pending: Course;
  readonly unacknowledged: Course;
  /** Reasons why the soak failed; none: it passed. */
  readonly violations: readonly string[];
}

/** Judges the samples of a soak of so many minutes, with so many workflows a second. */
export function verdictOf(
  samples: readonly Sample[],
  { minutes, rate }: { readonly minutes: number; readonly rate: number },
): SoakVerdict {
  const baselineMinute = Math.min(BASELINE_MINUTE, minutes / 6);
  const early = samples.findIndex(({ minute }) => minute >= baselineMinute);
  const course = (read: (sample: Sample) => number): Course => {
    const medianUpTo = (end: number): number =>
      round(percentile(samples.slice(Math.max(0, end - WINDOW), end).map(read), 50));
    return { atBaseline: medianUpTo(early + 1), atEnd: medianUpTo(samples.length) };
  };
  const rssMb = {
    bridge: course((one) => one.bridge.rssMb),
    functions: course((one) => one.functions.rssMb),
  };
  const rssRatio = { bridge: growth(rssMb.bridge), functions: growth(rssMb.functions) };
  const pending = course((one) => one.pending);
  const unacknowledged = course((one) => one.unacknowledged);
  return {
    baselineMinute,
    rssMb,
    heapMb: { bridge: course((one) => one.bridge.heapMb), functions: course((one) => one.functions.heapMb) },
    rssRatio,
    pending,
    unacknowledged,
    violations: [
      ...Object.entries(rssRatio).flatMap(([name, ratio]) =>
        ratio <= MOST_GROWTH ? [] : [`RSS of ${name} grew by ${ratio}, more than ${MOST_GROWTH}`],
      ),
      ...Object.entries({ pending, unacknowledged }).flatMap(([name, { atBaseline, atEnd }]) =>
        atEnd <= atBaseline * MOST_QUEUE_GROWTH + rate * QUEUE_SLACK_SECONDS
          ? []
          : [`${name} grew from ${atBaseline} to ${atEnd}`],
      ),
    ],
  };
}

const growth = ({ atBaseline, atEnd }: Course): number => round(atEnd / atBaseline);

const round = (value: number): number => Math.round(value * 100) / 100;
