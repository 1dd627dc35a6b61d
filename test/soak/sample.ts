/** Of one process, in MB: resident before a full collection, the heap and what is outside of it after one. */
export interface Memory {
  readonly rssMb: number;
  readonly heapMb: number;
  readonly externalMb: number;
}

/** What was seen at one instant of a soak. */
export interface Sample {
  /** Since the load began. */
  readonly minute: number;
  readonly bridge: Memory;
  readonly functions: Memory;
  /** Workflows that were asked for, and those that were seen to end. */
  readonly started: number;
  readonly ended: number;
  /** Workflows begun whose end has not been seen. */
  readonly pending: number;
  /** Messages that the broker has and nobody has acknowledged, those of later instants included. */
  readonly unacknowledged: number;
  /** Messages in the bridge, invocations in flight, and bytes of its hints. */
  readonly held: number;
  readonly inFlight: number;
  readonly hintBytes: number;
}
