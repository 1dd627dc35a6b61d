/** What the list knows of an instance. */
export interface InstanceRow {
  readonly workflow: string;
  readonly workflowId: string;
  readonly status: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /**
   * Where the row stands among the rows of all workflows and statuses: compare as strings, the greater one comes
   * first. It is also the cursor to go on after this row, in a read of any workflow and status.
   */
  readonly position: string;
}

/** Some instances, newest first. */
export interface InstancePage {
  readonly rows: readonly InstanceRow[];
  /** The last row's position; absent on the last page. */
  readonly cursor?: string;
}

/** Which instances to list. */
export interface InstanceQuery {
  readonly workflow: string;
  readonly status: string;
  /** Epoch milliseconds: started at it or later. */
  readonly from?: number;
  /** Epoch milliseconds: started before it. */
  readonly to?: number;
  /** Most rows of the page, 1 or more. */
  readonly limit: number;
  /** Goes on after the row at this position. */
  readonly cursor?: string;
}

/**
 * Instances by workflow and status, newest first; those that started in one millisecond by id, descending.
 *
 * Eventually consistent: a commit shows after a moment, so an instance whose status has just changed may be listed
 * under both, or neither. Guaranteed: an instance that keeps its status is on one page of a read, once. Not listed:
 * instances committed without `listed`, and those that have expired.
 *
 * @throws InfiniticError `STORE_THROTTLED`, `STORE_UNAVAILABLE`; `INVALID_REQUEST`: a `cursor` that is none
 */
export interface InstanceList {
  read(query: InstanceQuery): Promise<InstancePage>;
}
