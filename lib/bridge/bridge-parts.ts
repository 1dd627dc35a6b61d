import type { Broker } from "../ports/broker.ts";
import type { Clock } from "../ports/clock.ts";
import type { FunctionInvoker } from "../ports/function-invoker.ts";
import type { Backoff } from "./backoff.ts";
import type { DeadLetters } from "./dead-letters/dead-letters.ts";
import type { Hints } from "./delivery/hints.ts";
import type { Publisher } from "./delivery/publisher.ts";
import type { HealthIssues } from "./health-issues.ts";
import type { BridgeMetrics } from "./metrics.ts";
import type { InFlight } from "./queues/in-flight.ts";

/** What all parts of one bridge share. */
export interface BridgeParts {
  readonly broker: Broker;
  readonly invoker: FunctionInvoker;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly publisher: Publisher;
  readonly deadLetters: DeadLetters;
  readonly hints: Hints;
  readonly inFlight: InFlight;
  readonly metrics: BridgeMetrics;
  readonly healthIssues: HealthIssues;
  /** Called for each message as it comes. */
  readonly onReceived: () => void;
  /** Aborts when closing begins: nothing new is begun, and waits end. */
  readonly stopping: AbortSignal;
}
