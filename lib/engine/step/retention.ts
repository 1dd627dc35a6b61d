/** How long items stay readable when nothing can happen to them any more, in milliseconds. */
export interface Retention {
  /** Completed and canceled instances. */
  readonly endedMs: number;
  /** Failed instances, which can be resumed until then. */
  readonly failedMs: number;
  /** Messages that wait for a start. */
  readonly earlyMs: number;
}

const DAY_MS = 86_400_000;
export const DEFAULT_RETENTION: Retention = { endedMs: 30 * DAY_MS, failedMs: 90 * DAY_MS, earlyMs: DAY_MS };

/** How long an item of this status lives; undefined: as long as it is needed. */
export function lifeOf(status: string, retention: Retention): number | undefined {
  if (status === "completed" || status === "canceled") return retention.endedMs;
  if (status === "failed") return retention.failedMs;
  return status === "early" ? retention.earlyMs : undefined;
}
