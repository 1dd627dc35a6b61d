import type { Payloads } from "../instance/payloads.ts";
import type { Salt } from "../instance/tip.ts";
import type { Clock } from "../ports/clock.ts";
import type { DueStore } from "../ports/due-store.ts";
import type { PastRuns } from "../ports/past-runs.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { TagIndex } from "../ports/tag-index.ts";
import type { Versions } from "../runtime/replay.ts";
import type { Retention } from "./step/retention.ts";
import type { Log } from "./step/unheard.ts";
import type { WarmInstances } from "./warm-instances.ts";

/** What a step works with. */
export interface EngineParts {
  /** The classes of each workflow that the function serves. */
  readonly workflows: ReadonlyMap<string, Versions>;
  readonly stateStore: StateStore;
  readonly dueStore: DueStore;
  readonly tagIndex: TagIndex;
  readonly pastRuns: PastRuns;
  readonly payloads: Payloads;
  readonly clock: Clock;
  readonly warm: WarmInstances;
  readonly retention: Retention;
  /** Whether instances are listed by workflow, status and time. */
  readonly isListed: boolean;
  /** Takes a line of JSON for what somebody should look at. Default: none is written. */
  readonly log?: Log | undefined;
  /** Default: none is written. */
  readonly salt?: Salt | undefined;
}
