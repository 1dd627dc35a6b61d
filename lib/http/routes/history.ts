import type { HistoryRecord } from "../../core/history.ts";
import { WorkflowUnknownError } from "../../core/remote-errors.ts";
import type { HistoryView } from "../../core/view.ts";
import { readInstance } from "../../engine/reader.ts";
import type { Answer } from "../answer.ts";
import type { Call } from "../call.ts";
import { historyParameters } from "../schemas.ts";

/** Far below the 6 MB that a function may answer. */
const MAX_PAGE_CHARACTERS = 1_000_000;

/** Gives a page of an instance's history, oldest first. */
export async function history(call: Call): Promise<Answer> {
  const { key } = call;
  const { cursor, limit } = call.parameters(historyParameters);
  const instance = await readInstance(call.parts.stateStore, key);
  if (!instance) throw new WorkflowUnknownError(key);
  const records = fitting(instance.history.slice(cursor, cursor + limit));
  const next = cursor + records.length;
  const page: HistoryView = {
    records,
    ...(next < instance.history.length && { cursor: String(next) }),
  };
  return { status: 200, body: page };
}

/** The first records that make a page of decent size together; one at least. */
function fitting(records: readonly HistoryRecord[]): readonly HistoryRecord[] {
  let characters = 0;
  const end = records.findIndex((record, index) => {
    characters += JSON.stringify(record).length;
    return characters > MAX_PAGE_CHARACTERS && index > 0;
  });
  return end < 0 ? records : records.slice(0, end);
}
