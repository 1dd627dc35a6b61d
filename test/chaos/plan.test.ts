import { expect, test } from "vitest";
import { planOf } from "./plan.ts";

const kindsOf = (minutes: number): { readonly [kind: string]: number } => {
  const counts: { [kind: string]: number } = {};
  for (const fault of planOf(1, minutes)) {
    const name = fault.kind === "restart" ? `restart of ${fault.server}` : fault.kind;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

test("a plan is the same for the same seed, and another one for another", () => {
  expect(planOf(7, 3)).toEqual(planOf(7, 3));
  expect(planOf(7, 3)).not.toEqual(planOf(8, 3));
});

test("a plan of ten minutes has at least 50 kills, and two restarts of each server", () => {
  expect(kindsOf(10)).toEqual({
    kill: 60,
    freeze: 20,
    cut: 30,
    "restart of broker": 2,
    "restart of store": 2,
  });
});

test("the shortest plan has something of each kind", () => {
  expect(kindsOf(0.2)).toEqual({
    kill: 5,
    freeze: 1,
    cut: 2,
    "restart of broker": 1,
    "restart of store": 1,
  });
});

test("faults are in the order of their instants, within the time of the load, at everybody", () => {
  const plan = planOf(3, 10);
  const instants = plan.map(({ atMs }) => atMs);
  expect(instants).toEqual(instants.toSorted((one, other) => one - other));
  expect(instants.every((at) => at >= 0 && at <= 600_000)).toBe(true);
  const killed = plan.flatMap((fault) => (fault.kind === "kill" ? [`${fault.victims} ${fault.nth}`] : []));
  expect([...new Set(killed)].sort()).toEqual(["bridges 0", "bridges 1", "functions 0", "functions 1"]);
});
