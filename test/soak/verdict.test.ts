import { expect, test } from "vitest";
import type { Memory, Sample } from "./sample.ts";
import { verdictOf } from "./verdict.ts";

/** An hour of samples, one every half minute. */
function hour(
  at: (minute: number) => { bridgeMb?: number; functionsMb?: number; pending?: number },
): Sample[] {
  const memory = (rssMb: number): Memory => ({ rssMb, heapMb: 20, externalMb: 10 });
  return Array.from({ length: 121 }, (_, nth) => {
    const minute = nth / 2;
    const { bridgeMb = 150, functionsMb = 200, pending = 10 } = at(minute);
    return {
      minute,
      bridge: memory(bridgeMb),
      functions: memory(functionsMb),
      started: nth,
      ended: nth,
      pending,
      unacknowledged: pending,
      held: 0,
      inFlight: 0,
      hintBytes: 0,
    };
  });
}

const HOUR = { minutes: 60, rate: 10 };

test("a soak whose memory and queues stay as they are passes", () => {
  const verdict = verdictOf(
    hour(() => ({})),
    HOUR,
  );
  expect(verdict).toMatchObject({
    baselineMinute: 10,
    rssMb: { bridge: { atBaseline: 150, atEnd: 150 }, functions: { atBaseline: 200, atEnd: 200 } },
    rssRatio: { bridge: 1, functions: 1 },
    violations: [],
  });
});

test("what grows before the baseline, and one sample out of line, count for nothing", () => {
  const samples = hour((minute) => ({ bridgeMb: minute < 7 ? 20 * minute : minute === 60 ? 900 : 150 }));
  expect(verdictOf(samples, HOUR).violations).toEqual([]);
});

test("memory that grows by more than a fifth fails", () => {
  const samples = hour((minute) => ({ functionsMb: 200 + minute }));
  expect(verdictOf(samples, HOUR).violations).toEqual(["RSS of functions grew by 1.24, more than 1.2"]);
});

test("a queue that grows fails", () => {
  const samples = hour((minute) => ({ pending: 10 * minute }));
  expect(verdictOf(samples, HOUR).violations).toEqual([
    "pending grew from 90 to 590",
    "unacknowledged grew from 90 to 590",
  ]);
});

test("a shorter soak has its baseline after a sixth of its time", () => {
  const { baselineMinute } = verdictOf(
    hour(() => ({})),
    { minutes: 6, rate: 10 },
  );
  expect(baselineMinute).toBe(1);
});
