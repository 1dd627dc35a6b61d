import { expect, test } from "vitest";
import { startEvents } from "../../lib/core/model/decide.ts";
import { CURRENT_RULES, follows, RULES, type RuleName } from "../../lib/core/model/rules.ts";
import { start, started, stateOf } from "./build.ts";

const rules = Object.entries<{ readonly number: number; readonly change: string; readonly reason: string }>(
  RULES,
);

test("EDG-00 rules are numbered from 1 without a gap, each with its change and its reason", () => {
  expect(rules.map(([, { number }]) => number)).toEqual(rules.map((_, index) => index + 1));
  for (const [, { change, reason }] of rules) expect([change, reason]).not.toContain("");
  expect(CURRENT_RULES).toBe(rules.length);
});

test("EDG-00 a run records the rules that it begins under", () => {
  const [first] = startEvents(start(), 1, 1_700);
  expect(stateOf([first as NonNullable<typeof first>]).rules).toBe(CURRENT_RULES);
});

test("EDG-00 a history without a number follows no rule", () => {
  const { rules: recorded } = stateOf([started()]);
  expect(recorded).toBe(0);
  for (const [name] of rules) expect(follows(recorded, name as RuleName)).toBe(false);
});

test("EDG-00 a run follows the rules up to its number and none after", () => {
  for (const [name, { number }] of rules) {
    expect(follows(number - 1, name as RuleName)).toBe(false);
    expect(follows(number, name as RuleName)).toBe(true);
    expect(follows(number + 1, name as RuleName)).toBe(true);
  }
});
