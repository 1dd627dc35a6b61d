import { expect, test } from "vitest";
import { waitSecondsOf } from "../../lib/http/prefer.ts";

test.each([
  ["wait=20", 20],
  ["Wait = 20", 20],
  ['wait="20"', 20],
  ["respond-async, wait=10", 10],
  ["wait=5; q=1, handling=lenient", 5],
  ["wait=3, wait=7", 3],
  ["wait=100", 25],
  ["wait=1.5", undefined],
  ["waiting=5", undefined],
  ["", undefined],
  [undefined, undefined],
])("Prefer: %s waits %s seconds", (header, seconds) => {
  expect(waitSecondsOf(header)).toBe(seconds);
});
