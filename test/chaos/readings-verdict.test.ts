import { expect, test } from "vitest";
import type { IncomingMessage } from "../../lib/ports/broker.ts";
import type { Reading } from "./readings.ts";
import { judgeReadings } from "./readings-verdict.ts";

const fine: Reading = { name: "reading-0", sensor: "sensor-0", fate: "fine" };
const poison: Reading = { name: "reading-1", sensor: "sensor-0", fate: "poison" };
const flaky: Reading = { name: "reading-2", sensor: "sensor-0", fate: "flaky" };
const readings = [fine, poison, flaky];

function letterOf(reading: Reading, properties: { readonly [name: string]: string } = {}): IncomingMessage {
  const told = {
    code: "ATTEMPTS_EXHAUSTED",
    reason: `RangeError: expected another reading than ${reading.name}`,
    attempts: "5",
    originTopic: "readings",
    ...properties,
  };
  const payload = JSON.stringify(reading);
  return {
    id: "1:1",
    topic: "dlq:readings",
    key: reading.sensor,
    payload,
    properties: told,
    publishedAt: 20,
  };
}

const past = {
  processed: [
    { name: "reading-0", at: 10 },
    { name: "reading-2", at: 30 },
    { name: "reading-0", at: 40 },
  ],
  failed: new Set(["reading-2"]),
  letters: [letterOf(poison)],
};

test("what is processed or parked in the order of its key passes, however often", () => {
  expect(judgeReadings(readings, { ...past, letters: [letterOf(poison), letterOf(poison)] })).toEqual({
    processed: 2,
    processedAgain: 1,
    parked: 1,
    parkedAgain: 1,
    violations: [],
  });
});

test("what is lost, out of order, parked for nothing or processed though it cannot be, is told", () => {
  const judged = (changed: Partial<typeof past>) =>
    judgeReadings(readings, { ...past, ...changed }).violations;
  expect(judged({ processed: past.processed.slice(0, 1) })).toEqual([
    "reading-2 (flaky) was neither processed nor parked",
  ]);
  expect(judged({ letters: [] })).toEqual(["reading-1 (poison) was neither processed nor parked"]);
  expect(judged({ processed: [...past.processed, { name: "reading-2", at: 15 }] })).toEqual([
    "reading-2 was done 5 ms before reading-1, of the same sensor",
  ]);
  expect(judged({ letters: [...past.letters, letterOf(fine)] })).toEqual(["reading-0 (fine) was parked"]);
  expect(judged({ processed: [...past.processed, { name: "reading-1", at: 25 }] })).toEqual([
    "reading-1 (poison) was processed",
  ]);
  expect(judged({ failed: new Set() })).toEqual(["reading-2 has never failed"]);
});

test("a letter without its reason, or after too few attempts, is told", () => {
  const judged = (properties: { readonly [name: string]: string }) =>
    judgeReadings(readings, { ...past, letters: [letterOf(poison, properties)] }).violations;
  expect(judged({ reason: "it failed" })).toHaveLength(1);
  expect(judged({ attempts: "4" })).toHaveLength(1);
  expect(judged({ code: "MESSAGE_UNDECODABLE" })).toHaveLength(1);
});
