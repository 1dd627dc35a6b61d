import { InfiniticError } from "../../core/values/errors.ts";
import { isId, isName } from "../../core/values/ids.ts";
import type { InstancePage, InstanceQuery, InstanceRow } from "../../ports/instance-list.ts";
import type { InstanceKey, StateItem } from "../../ports/state-store.ts";
import { instantDigits, listPartition, listSortKey, shardOf } from "./keys.ts";
import type { StoredItem } from "./stored-item.ts";

/** The index that lists instances: only items with its two attributes are in it, so it costs others nothing. */
export const LIST_INDEX = { name: "list", partition: "l", sort: "o" } as const;

/** The first and the last sort key of a read, both included. */
export interface ListBounds {
  readonly lowest: string;
  readonly highest: string;
}

const LAST_INSTANT = 9_999_999_999_999;

/** Writes what puts an instance in the list; it changes with the status alone. */
export function encodeListed(
  { workflow, workflowId }: InstanceKey,
  { status, listed }: Pick<StateItem, "status" | "listed">,
): StoredItem {
  if (listed === undefined) return {};
  return {
    [LIST_INDEX.partition]: { S: listPartition(workflow, status, shardOf(workflowId)) },
    [LIST_INDEX.sort]: { S: listSortKey(listed.startedAt, workflowId) },
  };
}

/** Write units that a put costs more because of the list: none as long as status, start and expiry stay. */
export function listWriteUnits(key: InstanceKey, before: StateItem | undefined, after: StateItem): number {
  const [from, to] = [before, after].map(
    (state) => state?.listed && JSON.stringify(encodeListed(key, state)),
  );
  if (from === to) return from === undefined || before?.expiresAt === after.expiresAt ? 0 : 1;
  // A row is removed from one place and put into another.
  return from === undefined || to === undefined ? 1 : 2;
}

/** Reads a row of a workflow and a status back, from its sort key. */
export function decodeRow(
  { workflow, status }: Pick<InstanceRow, "workflow" | "status">,
  sortKey: string,
): InstanceRow {
  const [instant = "", workflowId = ""] = sortKey.split("#");
  // No id and no name has a character below the comma: positions sort as their parts do.
  const position = `${instant},${workflowId},${workflow}`;
  return { workflow, workflowId, status, startedAt: Number(instant), position };
}

/** Reads the start that a sort key is made of. */
export function startedAtOf(sortKey: string): number {
  return Number(sortKey.slice(0, sortKey.indexOf("#")));
}

/**
 * Returns the bounds of a read; undefined when nothing can be within.
 *
 * @throws InfiniticError `INVALID_REQUEST`
 */
export function boundsOf({ from = 0, to = LAST_INSTANT, cursor }: InstanceQuery): ListBounds | undefined {
  const lowest = instantDigits(clamped(from));
  // Without an id, so before every key of that very instant.
  const end = instantDigits(clamped(to));
  const after = cursor === undefined ? undefined : sortKeyOf(cursor);
  const highest = after === undefined || end < after ? end : after;
  return lowest < highest ? { lowest, highest } : undefined;
}

/** Puts rows in order and cuts them to a page, of which they have to be the first ones, and one more if there is. */
export function pageOf(rows: readonly InstanceRow[], limit: number): InstancePage {
  const sorted = rows.toSorted((a, b) => (a.position < b.position ? 1 : -1));
  const page = sorted.slice(0, limit);
  const last = page.at(-1);
  return rows.length > limit && last ? { rows: page, cursor: last.position } : { rows: page };
}

/** Tells whether a row comes after the cursor: where two workflows have one id and start, its sort key does not. */
export function isAfter({ position }: InstanceRow, cursor: string | undefined): boolean {
  return cursor === undefined || position < cursor;
}

function sortKeyOf(cursor: string): string {
  const [instant = "", workflowId = "", workflow = "", rest] = cursor.split(",");
  if (/^\d{13}$/.test(instant) && isId(workflowId) && isName(workflow) && rest === undefined) {
    return listSortKey(Number(instant), workflowId);
  }
  throw new InfiniticError(
    "INVALID_REQUEST",
    `expected a cursor that an earlier page gave, got ${JSON.stringify(cursor)}`,
  );
}

function clamped(epochMs: number): number {
  return Math.min(Math.max(Math.ceil(epochMs), 0), LAST_INSTANT);
}
