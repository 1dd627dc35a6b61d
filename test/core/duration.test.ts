import { expect, test } from "vitest";
import { toMs } from "../../lib/core/values/duration.ts";

test.each<[number | string, number]>([
  [0, 0],
  [250, 250],
  [0.4, 0],
  [-5, -5],
  ["250ms", 250],
  ["1s", 1_000],
  ["2 m", 120_000],
  ["8h", 28_800_000],
  ["1d", 86_400_000],
  ["1w", 604_800_000],
  ["1m 30s", 90_000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  [" 1s ", 1_000],
  ["0.0004s", 0],
])("%o is %d milliseconds", (duration, ms) => {
  expect(toMs(duration)).toBe(ms);
  expect(toMs(duration)).toBe(ms); // the pattern keeps no place
});

test.each([
  "",
  " ",
  "8",
  "h",
  "-8h",
  "8 hours",
  "1h 30",
  "1,5h",
  ".5h",
  "1e3ms",
  "1y",
  Number.NaN,
  Number.POSITIVE_INFINITY,
  undefined,
  null,
  {},
  10n,
  new Date(0),
])("%o is no duration", (duration) => {
  expect(() => toMs(duration as string)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});

test.each([
  ["8 hours", 'got "8 hours"'],
  [Number.NaN, "got NaN"],
  [undefined, "got undefined"],
])("what is no duration is named in the refusal: %o", (duration, got) => {
  expect(() => toMs(duration as string)).toThrow(
    `expected a duration in milliseconds or a text such as "8h" or "1m 30s", ${got}`,
  );
});
