import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { childId } from "../../lib/core/values/ids.ts";
import { Counter, Errand, FULL, Itinerary, type Leg, resultOf } from "./itinerary.ts";
import { POINTS, type Point, type Strike } from "./life.ts";
import { type Faults, type Ground, Lives } from "./lives.ts";
import { WRONG_HINTS, withHints } from "./wrong-hints.ts";

/** Strikes at most: without an end, what is published again at each could outrun what is done. */
const MOST_STRIKES = 6;

/** Strikes at every n-th passing of a point, from the first given one. */
function every(point: Point, stride: number, first: number): Strike {
  let passed = 0;
  return (passing) => {
    if (passing !== point || passed >= MOST_STRIKES * stride) return false;
    passed += 1;
    return (passed - 1) % stride === first;
  };
}

/** Expects every effect of an itinerary exactly once, and no invariant broken on the way. */
export async function expectOnce(lives: Lives, workflowId: string, legs: readonly Leg[]): Promise<void> {
  expect(lives.ledger.breaches).toEqual([]);
  const key = { workflow: Itinerary.name, workflowId };
  const history = await lives.history(key);
  expect(history.at(-1)).toMatchObject({ kind: "method-completed", value: resultOf(legs) });

  const tasks = commands(history, "task");
  const flaky = legs.filter((leg) => leg === "flaky").length;
  expect(outcomes(history, "task-completed")).toEqual(tasks);
  expect(kinds(history, "attempt-failed")).toBe(flaky);
  expect(kinds(history, "attempt-due")).toBe(flaky);
  expect(outcomes(history, "timer-fired")).toEqual(commands(history, "timer"));

  const children = commands(history, "child");
  expect(children.length).toBe(legs.filter((leg) => leg === "child").length);
  expect(outcomes(history, "child-ended")).toEqual(children);
  for (const command of children) {
    const run = childId({ ...key, run: lives.runOf(workflowId) }, command);
    const child = await lives.history({ workflow: Errand.name, workflowId: run });
    expect(kinds(child, "instance-started")).toBe(1);
    expect(kinds(child, "method-started")).toBe(1);
    expect(outcomes(child, "task-completed")).toEqual(commands(child, "task"));
    expect(kinds(child, "method-completed")).toBe(1);
  }

  const counter = await lives.history({ workflow: Counter.name, workflowId: lives.counterOf(workflowId) });
  const signals = legs.flatMap((leg, index) => (leg === "signal" ? [index] : []));
  const heard = counter.flatMap((record) => (record.kind === "signal-received" ? [record.value] : []));
  // I6: in order, unless bridges race each other.
  expect(lives.isAlone ? heard : heard.sort()).toEqual(signals);
}

function kinds(history: readonly HistoryRecord[], kind: HistoryRecord["kind"]): number {
  return history.filter((record) => record.kind === kind).length;
}

function commands(history: readonly HistoryRecord[], kind: "task" | "timer" | "child"): readonly string[] {
  return history.flatMap((record) => (record.kind === kind ? [record.id] : [])).sort();
}

function outcomes(
  history: readonly HistoryRecord[],
  kind: "task-completed" | "timer-fired" | "child-ended",
): readonly string[] {
  return history.flatMap((record) => (record.kind === kind ? [record.command] : [])).sort();
}

/**
 * Specifies that every effect happens exactly once whatever is struck (F4), on one kind of broker and stores.
 *
 * @param options `stride`: how many passings of a point lie between two strikes; each first one is tried
 */
export function itHappensExactlyOnce(
  name: string,
  newGround: () => Promise<Ground>,
  { stride }: { readonly stride: number },
): void {
  describe(`every effect happens exactly once on ${name}`, () => {
    let ground: Ground;
    let lives: Lives;
    beforeEach(async () => {
      ground = await newGround();
    });
    afterEach(async () => {
      await lives.close();
      await ground.close();
    });

    const run = async (faults: Faults): Promise<void> => {
      lives = new Lives(ground, faults);
      await lives.run({ one: FULL });
      await expectOnce(lives, "one", FULL);
      expect(lives.ledger.items.size).toBe(3);
    };

    it("when nothing goes wrong", async () => {
      await run({});
      expect(lives.count).toBe(1);
      expect([...lives.executions.values()].every((count) => count === 1)).toBe(true);
    });

    it("when each message is delivered twice", () => run({ copies: 2 }));

    it("EXA-15 when two bridges own every key for the whole life", () => run({ bridges: 2 }));

    it.each(Object.keys(WRONG_HINTS))("EXA-16 with a hint %s", async (kind) => {
      const forge = WRONG_HINTS[kind] ?? (() => undefined);
      lives = new Lives(ground, {
        wrap: withHints(forge),
        strike: every("before the acknowledgement", 5, 3),
      });
      await lives.run({ one: FULL, other: FULL });
      await expectOnce(lives, "one", FULL);
      await expectOnce(lives, "other", FULL);
    });

    it("without any hint", () => run({ wrap: withHints(() => undefined) }));

    describe.each(POINTS)("when it is struck %s", (point) => {
      for (let first = 0; first < stride; first += 1) {
        it(`EXA-14 at passing ${first + 1} of ${stride}`, () => run({ strike: every(point, stride, first) }));
      }
      it("with each message delivered twice", () => run({ strike: every(point, stride, 1), copies: 2 }));
      it("with two bridges", () => run({ strike: every(point, stride, 1), bridges: 2 }));
    });
  });
}
