import type { Consumed } from "./state-store.ts";

/** Says that a run of an instance was, or is about to be, started under a tag. */
export interface TagEntry {
  readonly workflow: string;
  /** 1 to 128 characters, any. */
  readonly tag: string;
  readonly workflowId: string;
  readonly run: string;
}

/** Some entries of a tag. */
export interface TagPage {
  readonly entries: readonly TagEntry[];
  /** Where the next page begins; absent on the last. */
  readonly cursor?: string;
}

/**
 * Which runs were started under a tag, by workflow.
 *
 * Guaranteed: an entry whose `add` was answered before the read of the first page began is in one of that read's
 * pages, once, unless it is removed meanwhile. Two runs of one id are two entries: nobody overwrites or removes
 * another's. Not guaranteed: that an entry's run ever came to be, or still is (whoever starts it writes the entry
 * first, whoever ends it removes the entry afterwards: ask the instance); that an entry added or removed during a
 * read is in it.
 *
 * @throws InfiniticError `STORE_THROTTLED`, `STORE_UNAVAILABLE`: some of the entries may be written, do it again
 */
export interface TagIndex {
  /** Adding an entry again changes nothing. */
  add(entries: readonly TagEntry[]): Promise<Consumed>;
  /** Removing an entry that is not there changes nothing. */
  remove(entries: readonly TagEntry[]): Promise<Consumed>;
  /**
   * Up to `limit` (1 or more) entries, in an order of its own; none only where no more are left. Consistent.
   *
   * @throws InfiniticError `INVALID_REQUEST`: a `cursor` that is none
   */
  read(
    workflow: string,
    tag: string,
    options: { readonly limit: number; readonly cursor?: string },
  ): Promise<TagPage>;
}
