import { costOf } from "./prices.ts";

const MILLION = 1_000_000;

/** What others ask for a million workflows of three tasks, at the least. */
export interface Other {
  readonly name: string;
  readonly counted: string;
  readonly notCounted: string;
  readonly usd: number;
}

export const OTHERS: readonly Other[] = [
  {
    name: "AWS Step Functions, standard workflows",
    counted: "4 state transitions: into each task's state, and out of the last",
    notCounted: "the tasks' functions",
    usd: costOf({ stepFunctionsTransition: 4 * MILLION }),
  },
  {
    name: "AWS Lambda durable functions",
    counted: "4 operations: the start and three steps",
    notCounted: "data written and kept; the function's requests and time",
    usd: costOf({ durableOperation: 4 * MILLION }),
  },
  {
    name: "Temporal Cloud",
    counted: "4 actions: the start and three activities",
    notCounted: "the plan's monthly minimum, storage; workers, which you run yourself",
    usd: costOf({ temporalAction: 4 * MILLION }),
  },
];
