import { describe, expect, test } from "vitest";
import { decide } from "../../lib/core/model/decide.ts";
import { emitsOf } from "../../lib/core/model/emits.ts";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import type { Outgoing } from "../../lib/core/protocol/outgoing.ts";
import { at, begun, boom, caller, methodStarted, start, started, stateOf } from "./build.ts";

const attached = (endings = 0): HistoryRecord =>
  at(1_100, { kind: "caller-attached", messageId: "s2", caller, endings });
const again = start({ id: "s2", caller });
const done: HistoryRecord = { kind: "method-completed", method: 0, value: "done" };
const failed: HistoryRecord = {
  kind: "method-failed",
  method: 0,
  failure: boom,
  held: { command: "0.0", outcome: 1, from: 1 },
};

const decideOn = (history: readonly HistoryRecord[], message = again) =>
  decide(stateOf(history), message, 2_000);
const answersOf = (...history: readonly HistoryRecord[]): readonly Outgoing[] =>
  emitsOf(stateOf(history), history.at(-1) as HistoryRecord, 1_000);
const answer = (number: number, outcome: object) => ({
  topic: "workflow-engine:Tour",
  key: "p-1",
  message: { kind: "child-ended", id: `Tour:p-1:p1:0.7:ended.${number}`, command: "0.7", number, outcome },
});

describe("a workflow that starts an id which exists", () => {
  test("is attached to the instance", () => {
    const event = { kind: "caller-attached", at: 2_000, messageId: "s2", caller };
    expect(decideOn(begun())).toEqual({ kind: "record", events: [{ ...event, endings: 0 }] });
    expect(decideOn(begun(failed))).toEqual({ kind: "record", events: [{ ...event, endings: 1 }] });
  });

  test("is attached once, and a client or the start itself never", () => {
    const seen = { kind: "ignore", reason: "seen before" };
    expect(decideOn(begun(attached()))).toEqual(seen);
    expect(decideOn(begun(), start({ id: "s2" }))).toEqual(seen);
    expect(decideOn(begun(), start({ caller }))).toEqual(seen);
  });

  test("hears how it has ended, if it has", () => {
    const outcome = { kind: "completed", value: "done" };
    expect(decideOn(begun(done))).toEqual({ kind: "answer", caller, outcome });
    const canceled = begun(
      at(1_100, { kind: "cancel-requested", messageId: "c" }),
      at(1_100, { kind: "method-canceled", method: 0 }),
    );
    expect(decideOn(canceled)).toMatchObject({
      kind: "answer",
      outcome: { kind: "failed", failure: { name: "WorkflowCanceledError" } },
    });
  });
});

describe("an ending", () => {
  test("is told to whoever started the instance and to all that were attached before", () => {
    const other = { ...caller, workflowId: "p-2" };
    const history = [started(), methodStarted({ caller: other }), attached(), done];
    const outcome = { kind: "completed", value: "done" };
    expect(answersOf(...history)).toMatchObject([{ key: "p-2" }, answer(1, outcome)]);
  });

  test("that came before is told when the caller is attached, and is told to no one twice", () => {
    const history = begun(failed, attached(1));
    expect(answersOf(...history)).toMatchObject([answer(1, { kind: "failed", failure: boom })]);
    expect(emitsOf(stateOf(history), failed, 1_000)).toEqual([]);
    const second: HistoryRecord = { ...done, number: 2 };
    expect(answersOf(...history, second)).toMatchObject([answer(2, { kind: "completed", value: "done" })]);
    expect(answersOf(...begun(attached()))).toEqual([]);
  });

  test("stays what it was when a later one comes", () => {
    const state = stateOf(begun(attached(), failed, { ...done, number: 2 }));
    expect(emitsOf(state, failed, 1_000)).toMatchObject([answer(1, { kind: "failed", failure: boom })]);
  });

  test("of another method is not theirs to hear", () => {
    const state = stateOf(begun(attached(), methodStarted({ method: 1 })));
    expect(emitsOf(state, { kind: "method-completed", method: 1 }, 1_000)).toEqual([]);
  });
});
