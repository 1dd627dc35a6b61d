import type { DueRef, SweepReply, SweepRequest } from "../core/protocol/invocation.ts";
import type { Clock } from "../ports/clock.ts";
import type { FunctionInvoker } from "../ports/function-invoker.ts";
import type { Backoff } from "./backoff.ts";
import type { Publisher } from "./delivery/publisher.ts";
import { invocationError } from "./dispatch/invocation-error.ts";
import { readSweepReply } from "./dispatch/reply.ts";
import type { HealthIssues } from "./health-issues.ts";
import type { BridgeMetrics } from "./metrics.ts";
import type { TimersRoute } from "./options.ts";
import type { InFlight } from "./queues/in-flight.ts";

/**
 * Has far wake-ups swept, at once and then once an interval: publishes what the timers function finds due,
 * then tells it what has receipts, so that it deletes only that.
 */
export class SweepLoop {
  readonly #route: TimersRoute;
  readonly #invoker: FunctionInvoker;
  readonly #publisher: Publisher;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #inFlight: InFlight;
  readonly #metrics: BridgeMetrics;
  readonly #healthIssues: HealthIssues;
  readonly #stopping: AbortSignal;

  constructor(options: {
    readonly route: TimersRoute;
    readonly invoker: FunctionInvoker;
    readonly publisher: Publisher;
    readonly clock: Clock;
    readonly backoff: Backoff;
    readonly inFlight: InFlight;
    readonly metrics: BridgeMetrics;
    readonly healthIssues: HealthIssues;
    readonly stopping: AbortSignal;
  }) {
    this.#route = options.route;
    this.#invoker = options.invoker;
    this.#publisher = options.publisher;
    this.#clock = options.clock;
    this.#backoff = options.backoff;
    this.#inFlight = options.inFlight;
    this.#metrics = options.metrics;
    this.#healthIssues = options.healthIssues;
    this.#stopping = options.stopping;
  }

  /** Runs until stopped; never rejects. */
  async run(): Promise<void> {
    while (!this.#stopping.aborted) {
      await this.#sweep().catch((error: unknown) => {
        if (!this.#stopping.aborted) this.#raise(String(error), 1);
      });
      await this.#clock.sleep(this.#route.intervalMs, this.#stopping, Infinity).catch(() => undefined);
    }
  }

  async #sweep(): Promise<void> {
    let published: readonly DueRef[] = [];
    let isDone = false;
    while (!isDone) {
      const { emits, more } = await this.#page(published);
      published = emits.map(({ cause }) => cause);
      isDone = published.length === 0 && !more;
    }
  }

  async #page(published: readonly DueRef[]): Promise<SweepReply> {
    const end = this.#inFlight.begin(this.#clock.now());
    try {
      const reply = await this.#ask({ kind: "sweep", published });
      await this.#publisher.publishEmits(reply.emits);
      return reply;
    } finally {
      end();
    }
  }

  async #ask(request: SweepRequest): Promise<SweepReply> {
    const { functionName, timeoutMs } = this.#route;
    const payload = JSON.stringify(request);
    for (let failures = 1; ; failures += 1) {
      this.#stopping.throwIfAborted();
      const startedAt = this.#clock.now();
      const outcome = await this.#invoker.invoke(functionName, payload, { timeoutMs });
      this.#metrics.invoked(functionName, outcome.kind, this.#clock.now() - startedAt);
      const reply = outcome.kind === "answered" ? readSweepReply(outcome.payload) : undefined;
      if (reply !== undefined) {
        this.#healthIssues.clear(`function:${functionName}`);
        return reply;
      }
      const error =
        outcome.kind === "answered"
          ? `expected a sweep's reply, got ${outcome.payload.slice(0, 200)}`
          : invocationError(functionName, outcome);
      this.#raise(String(error), failures);
      await this.#clock.sleep(this.#backoff.delayMs(failures), this.#stopping);
    }
  }

  #raise(message: string, attempts: number): void {
    this.#healthIssues.raise({ subject: `function:${this.#route.functionName}`, message, attempts });
  }
}
