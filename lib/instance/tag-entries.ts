import type { TagEntry } from "../ports/tag-index.ts";

/** The entries of an instance's tags. */
export function entriesOf(
  { workflow, workflowId }: { readonly workflow: string; readonly workflowId: string },
  tags: readonly string[],
  run: string,
): readonly TagEntry[] {
  return tags.map((tag) => ({ workflow, tag, workflowId, run }));
}
