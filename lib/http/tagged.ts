import { InfiniticError } from "../core/values/errors.ts";
import { readItem } from "../instance/read-instance.ts";
import { decodeTip } from "../instance/tip.ts";
import type { TagEntry } from "../ports/tag-index.ts";
import type { ApiParts } from "./api-setup.ts";
import { mapLimited } from "./map-limited.ts";

/** An open instance that has a tag. */
export interface TaggedInstance {
  readonly workflow: string;
  readonly workflowId: string;
  readonly status: string;
  readonly startedAt: number;
}

/** A page of the open instances that have a tag. */
export interface TaggedPage {
  readonly instances: readonly TaggedInstance[];
  /** Where the next page begins; absent on the last. */
  readonly cursor?: string;
}

/** Which instances to list. */
export interface Listing {
  readonly workflows: readonly string[];
  readonly statuses: readonly string[];
  /** Epoch milliseconds: started at it or later, and before it. */
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
  readonly cursor?: string;
}

/** Instances that are read at once. */
const CONCURRENCY = 20;

/** Reads a page of a tag's entries in one workflow, and the instances of these that are open. */
export async function readTagged(
  parts: ApiParts,
  workflow: string,
  tag: string,
  page: { readonly limit: number; readonly cursor?: string },
): Promise<TaggedPage> {
  const { entries, cursor } = await parts.tagIndex.read(workflow, tag, page);
  const found = await mapLimited(CONCURRENCY, entries, (entry) => openInstance(parts, entry));
  return { instances: found.flatMap((one) => one ?? []), ...(cursor !== undefined && { cursor }) };
}

/**
 * The same over several workflows, one after the other, less what does not fit.
 *
 * @throws InfiniticError `INVALID_REQUEST`: a cursor that is none
 */
export async function listTagged(parts: ApiParts, tag: string, listing: Listing): Promise<TaggedPage> {
  const { workflows, statuses, from = 0, to = Infinity, limit } = listing;
  const { workflow, cursor } = placeOf(listing);
  if (workflow === undefined) return { instances: [] };
  const page = await readTagged(parts, workflow, tag, { limit, ...(cursor !== undefined && { cursor }) });
  const next = page.cursor === undefined ? workflows[workflows.indexOf(workflow) + 1] : workflow;
  return {
    instances: page.instances.filter(
      ({ status, startedAt }) => statuses.includes(status) && startedAt >= from && startedAt < to,
    ),
    ...(next !== undefined && { cursor: `${next}:${page.cursor ?? ""}` }),
  };
}

/** A cursor is a workflow, and the cursor of the index in it: none at its beginning. */
function placeOf({ workflows, cursor }: Listing): {
  readonly workflow: string | undefined;
  readonly cursor?: string;
} {
  if (cursor === undefined) return { workflow: workflows[0] };
  const [, workflow = "", rest = ""] = /^([^:]*):(.*)$/s.exec(cursor) ?? [];
  if (workflows.includes(workflow)) return { workflow, ...(rest !== "" && { cursor: rest }) };
  throw new InfiniticError("INVALID_REQUEST", "expected a cursor that an earlier page gave, got another");
}

/** The index may hold too much: only the instance knows whether the entry's run is the one that it has. */
async function openInstance(
  { stateStore }: ApiParts,
  { workflow, workflowId, run }: TagEntry,
): Promise<TaggedInstance | undefined> {
  const key = { workflow, workflowId };
  const { item } = await stateStore.load(key);
  if (!item || item.status === "completed" || item.status === "canceled") return undefined;
  if (decodeTip(key, item.body).run !== run) return undefined;
  const startedAt = item.listed?.startedAt ?? (await readItem(stateStore, key, item))?.state.startedAt ?? 0;
  return { ...key, status: item.status, startedAt };
}
