/** Who used the processor. */
export interface CpuMs {
  readonly bridge: number;
  readonly functions: number;
  readonly broker: number;
  readonly store: number;
}

/** What was done; `wru` and `rru` are DynamoDB's request units. */
export interface Work {
  readonly invocations: number;
  readonly commits: number;
  readonly wru: number;
  readonly rru: number;
  readonly publishes: number;
}

/** Both since the system started. */
export interface UsedSoFar {
  readonly cpuMs: CpuMs;
  readonly work: Work;
}

/** Which engine function runs a step: one that has the instance at hand, or one that replays it from the store. */
export interface StepOptions {
  /** The step (1, 2 …) whose engine function starts cold, and without a hint. */
  readonly coldAt?: number;
}

/** A whole system that the benchmark drives from outside. */
export interface SystemUnderTest {
  /**
   * Runs a workflow of three one-line string tasks, one after the other; resolves as its completion is told, without
   * polling, and rejects when its result is wrong.
   */
  runWorkflow(id: string): Promise<void>;
  /** Runs a workflow of `steps` such tasks and resolves with the instant (ms) at which each task began. */
  runSteps(id: string, steps: number, options?: StepOptions): Promise<readonly number[]>;
  usedSoFar(): Promise<UsedSoFar>;
  stop(): Promise<void>;
}
