import type { Outgoing } from "../protocol/outgoing.ts";
import { emitsOf, hasReplied, wakeAt } from "./emits.ts";
import type { HistoryRecord } from "./history.ts";
import type { State } from "./state.ts";

/**
 * Emits that were committed and not yet proven published (I4): references into history, not payloads.
 *
 * `number` identifies the entry in its run for ever; the bridge reports numbers, because one cause (a wake-up
 * delivered twice) can commit twice, and the report on its first entry must not drop the second.
 */
export interface OutboxEntry {
  readonly number: number;
  /** The id of the message that caused it. */
  readonly cause: string;
  /** Records [from, to) of history, by position. */
  readonly from: number;
  readonly to: number;
  /** The instant of the wake-up that it arms, if it does. */
  readonly wake?: number;
}

/** Most unproven entries an instance keeps before it has the oldest published again to be rid of them. */
export const MAX_UNPROVEN = 32;

/** A message of an entry, and which record of history sends it: a place that does not shift as replies come. */
export interface EntryEmit extends Outgoing {
  readonly position: number;
}

/** The messages of an entry, always the same ones in the same order, less those whose reply has come. */
export function emitsOfEntry(
  state: State,
  history: readonly HistoryRecord[],
  entry: OutboxEntry,
): readonly EntryEmit[] {
  const emits: EntryEmit[] = [];
  let at = 0;
  for (let position = entry.from; position < entry.to; position++) {
    const record = history[position] as HistoryRecord;
    if ("at" in record) at = record.at;
    for (const emit of emitsOf(state, record, at)) emits.push({ ...emit, position });
  }
  if (entry.wake !== undefined) emits.push({ ...wakeAt(state, entry.wake), position: entry.to });
  return emits;
}

/** Tells whether an entry sends anything at all. */
export function sendsAnything(
  state: State,
  history: readonly HistoryRecord[],
  entry: Pick<OutboxEntry, "from" | "to" | "wake">,
): boolean {
  if (entry.wake !== undefined) return true;
  for (let position = entry.from; position < entry.to; position++) {
    if (emitsOf(state, history[position] as HistoryRecord, 0).length > 0) return true;
  }
  return false;
}

/** Tells whether a task's reply proves a whole entry published: it sent that task and nothing else. */
export function isProven(state: State, history: readonly HistoryRecord[], entry: OutboxEntry): boolean {
  if (entry.wake !== undefined) return false;
  for (let position = entry.from; position < entry.to; position++) {
    const record = history[position] as HistoryRecord;
    if (record.kind === "task") {
      if (!hasReplied(state.command(record.id), 0, 0)) return false;
    } else if (record.kind === "task-retried") {
      if (!hasReplied(state.command(record.command), record.sequence, 0)) return false;
    } else if (record.kind === "task-retry") {
      if (!hasReplied(state.command(record.task), record.sequence, 0)) return false;
    } else if (record.kind === "attempt-due") {
      if (!hasReplied(state.command(record.command), record.sequence, record.attempt)) return false;
    } else if (emitsOf(state, record, 0).length > 0) {
      return false;
    }
  }
  return true;
}
