import type { InvokeOutcome } from "../ports/function-invoker.ts";
import { type BridgeGauges, type BridgeMetrics, NO_METRICS } from "./metrics.ts";

const NAMESPACE = "Infinitic";

const METRICS = [
  { Name: "MessagesParked", Unit: "Count" },
  { Name: "InvocationsThrottled", Unit: "Count" },
  { Name: "OldestInFlight", Unit: "Milliseconds" },
  { Name: "HealthIssues", Unit: "Count" },
] as const;
/** Of bridges whose number follows their backlog. */
const BACKLOG = { Name: "MessagesHeld", Unit: "Count" } as const;

/**
 * Metrics for CloudWatch, as lines of the function's log (embedded metric format): few, because each costs; those that
 * alarms look at. `MessagesParked` and `InvocationsThrottled` count since the last report, `OldestInFlight` is the age
 * of the oldest message that is held, in milliseconds, and `HealthIssues` how many things wait for a person or a platform:
 * the line also says which, as `lasting`. Where the number of bridges follows their backlog, there is also
 * `MessagesHeld`, how many messages this one has received that are not done.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export class EmfMetrics {
  readonly #service: string;
  readonly #write: (line: string) => void;
  readonly #isScaled: boolean;
  #parked = 0;
  #throttled = 0;

  /** What the bridge is given. */
  readonly metrics: BridgeMetrics = {
    ...NO_METRICS,
    parked: () => {
      this.#parked += 1;
    },
    invoked: (_functionName: string, outcome: InvokeOutcome["kind"]) => {
      if (outcome === "throttled") this.#throttled += 1;
    },
  };

  /**
   * @param setup `service`: the metrics' one dimension; `write`: takes a line of the log; `isScaled`: whether the
   *   number of bridges follows their backlog, unless given not
   */
  constructor(setup: {
    readonly service: string;
    readonly write: (line: string) => void;
    readonly isScaled?: boolean;
  }) {
    this.#service = setup.service;
    this.#write = setup.write;
    this.#isScaled = setup.isScaled ?? false;
  }

  /** Writes what there is to say; nothing while all is well, unless somebody has to know that there is no backlog. */
  report(
    at: number,
    { oldestHeldMs, held, healthIssues }: Pick<BridgeGauges, "oldestHeldMs" | "held" | "healthIssues">,
  ): void {
    const backlog = Object.values(held).reduce((sum, count) => sum + count, 0);
    const values = {
      MessagesParked: this.#parked,
      InvocationsThrottled: this.#throttled,
      OldestInFlight: oldestHeldMs,
      HealthIssues: healthIssues.length,
    } satisfies { readonly [name in (typeof METRICS)[number]["Name"]]: number };
    this.#parked = 0;
    this.#throttled = 0;
    if (!this.#isScaled && Object.values(values).every((value) => value === 0)) return;
    const Metrics = this.#isScaled ? [...METRICS, BACKLOG] : METRICS;
    const _aws = {
      Timestamp: at,
      CloudWatchMetrics: [{ Namespace: NAMESPACE, Dimensions: [["Service"]], Metrics }],
    };
    const lasting = healthIssues.length > 0 && { lasting: healthIssues };
    const scaled = this.#isScaled && { [BACKLOG.Name]: backlog };
    this.#write(JSON.stringify({ _aws, Service: this.#service, ...values, ...scaled, ...lasting }));
  }
}
