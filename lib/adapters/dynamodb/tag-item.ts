import { InfiniticError } from "../../core/values/errors.ts";
import { isId } from "../../core/values/ids.ts";
import type { TagEntry } from "../../ports/tag-index.ts";
import { shardOf, tagPartition, tagSortKey } from "./keys.ts";
import type { ItemKey } from "./stored-item.ts";
import type { WireItem } from "./wire.ts";

/** Where a tag's entry goes on from. */
export type TagPosition = Pick<TagEntry, "workflowId" | "run">;

/** The item of a tag's entry: its key says it all. */
export function encodeTag({ workflow, tag, ...position }: TagEntry): ItemKey {
  const pk = tagPartition(workflow, tag, shardOf(position.workflowId));
  return { pk: { S: pk }, sk: { S: tagSortKey(position) } };
}

/** Reads an entry of this tag back. */
export function decodeTag(workflow: string, tag: string, item: WireItem): TagEntry {
  const [workflowId = "", run = ""] = (item["sk"]?.S ?? "").split("#");
  return { workflow, tag, workflowId, run };
}

/** Writes the last entry of a page as the cursor of the next. */
export function formatTagCursor({ workflowId, run }: TagPosition): string {
  return `${workflowId}:${run}`;
}

/** @throws InfiniticError `INVALID_REQUEST` */
export function parseTagCursor(cursor: string): TagPosition {
  const [workflowId = "", run = "", rest] = cursor.split(":");
  if (isId(workflowId) && isId(run) && rest === undefined) return { workflowId, run };
  throw new InfiniticError(
    "INVALID_REQUEST",
    `expected a cursor that an earlier page gave, got ${JSON.stringify(cursor)}`,
  );
}
