import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Usage } from "../core/protocol/invocation.ts";
import type { InvokeOutcome } from "../ports/function-invoker.ts";
import type { HealthIssue } from "../ports/health-issue.ts";

/** What the bridge tells of itself. Times in milliseconds. */
export interface BridgeMetrics {
  received(topic: string): void;
  acknowledged(topic: string, count: number): void;
  parked(topic: string, code: string): void;
  retried(topic: string): void;
  /** Invocations that were refused (`throttled`) have no other effect. */
  invoked(functionName: string, outcome: InvokeOutcome["kind"], tookMs: number): void;
  used(functionName: string, usage: Usage): void;
  published(topic: string, tookMs: number): void;
  publishFailed(topic: string): void;
  hint(result: "hit" | "miss"): void;
  /** The topic is not received until messages it holds are done. */
  full(topic: string): void;
}

/** Tells nobody. */
export const NO_METRICS: BridgeMetrics = {
  received: () => undefined,
  acknowledged: () => undefined,
  parked: () => undefined,
  retried: () => undefined,
  invoked: () => undefined,
  used: () => undefined,
  published: () => undefined,
  publishFailed: () => undefined,
  hint: () => undefined,
  full: () => undefined,
};

/** What is read when somebody looks. */
export interface BridgeGauges {
  readonly invocationsInFlight: number;
  readonly oldestInFlightMs: number;
  /** The age of the oldest message that is held, whether in flight or waiting to be tried again; 0 without one. */
  readonly oldestHeldMs: number;
  readonly hintBytes: number;
  readonly held: { readonly [topic: string]: number };
  readonly limits: { readonly [functionName: string]: number };
  readonly healthIssues: readonly HealthIssue[];
}

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300];

/** Metrics for Prometheus, in a registry of their own. */
export class PrometheusMetrics implements BridgeMetrics {
  readonly registry = new Registry();
  readonly #received = this.#counter("messages_received_total", "Messages received", "topic");
  readonly #acknowledged = this.#counter("messages_acknowledged_total", "Messages acknowledged", "topic");
  readonly #parked = this.#counter("messages_parked_total", "Messages parked", "topic", "code");
  readonly #retried = this.#counter("messages_retried_total", "Messages tried again", "topic");
  readonly #invoked = this.#counter("invocations_total", "Invocations", "function", "outcome");
  readonly #used = this.#counter("storage_total", "Commits, read and write units", "function", "unit");
  readonly #publishFailed = this.#counter("publish_failures_total", "Publishes that failed", "topic");
  readonly #hints = this.#counter("hints_total", "Keys sent with a hint, and without", "result");
  readonly #full = this.#counter("topic_full_total", "Times that receiving paused", "topic");
  readonly #invocationSeconds = this.#histogram("invocation_seconds", "From call to outcome", "function");
  readonly #publishSeconds = this.#histogram("publish_seconds", "From publish to receipt", "topic");

  received(topic: string): void {
    this.#received.inc({ topic });
  }

  acknowledged(topic: string, count: number): void {
    this.#acknowledged.inc({ topic }, count);
  }

  parked(topic: string, code: string): void {
    this.#parked.inc({ topic, code });
  }

  retried(topic: string): void {
    this.#retried.inc({ topic });
  }

  invoked(functionName: string, outcome: InvokeOutcome["kind"], tookMs: number): void {
    this.#invoked.inc({ function: functionName, outcome });
    this.#invocationSeconds.observe({ function: functionName }, tookMs / 1_000);
  }

  used(functionName: string, { commits, writeUnits, readUnits }: Usage): void {
    this.#used.inc({ function: functionName, unit: "commit" }, commits);
    this.#used.inc({ function: functionName, unit: "write" }, writeUnits);
    this.#used.inc({ function: functionName, unit: "read" }, readUnits);
  }

  published(topic: string, tookMs: number): void {
    this.#publishSeconds.observe({ topic }, tookMs / 1_000);
  }

  publishFailed(topic: string): void {
    this.#publishFailed.inc({ topic });
  }

  hint(result: "hit" | "miss"): void {
    this.#hints.inc({ result });
  }

  full(topic: string): void {
    this.#full.inc({ topic });
  }

  /** Adds the process's own metrics and the bridge's gauges, which `read` gives at each scrape. */
  observe(read: () => BridgeGauges): void {
    collectDefaultMetrics({ register: this.registry });
    this.#gauge("invocations_in_flight", "Invocations not settled", (gauge) =>
      gauge.set(read().invocationsInFlight),
    );
    this.#gauge("oldest_in_flight_seconds", "Age of the oldest of them", (gauge) =>
      gauge.set(read().oldestInFlightMs / 1_000),
    );
    this.#gauge("health_issues", "Health issues that last", (gauge) => gauge.set(read().healthIssues.length));
    this.#gauge("hint_bytes", "Memory taken by hints", (gauge) => gauge.set(read().hintBytes));
    this.#gauge(
      "messages_held",
      "Messages received and not done",
      (gauge) => {
        for (const [topic, held] of Object.entries(read().held)) gauge.set({ topic }, held);
      },
      "topic",
    );
    this.#gauge(
      "concurrency_limit",
      "Invocations allowed at once",
      (gauge) => {
        for (const [name, limit] of Object.entries(read().limits)) gauge.set({ function: name }, limit);
      },
      "function",
    );
  }

  #counter(name: string, help: string, ...labelNames: string[]): Counter {
    return new Counter({ name: `infinitic_bridge_${name}`, help, labelNames, registers: [this.registry] });
  }

  #histogram(name: string, help: string, ...labelNames: string[]): Histogram {
    const buckets = SECONDS;
    return new Histogram({
      name: `infinitic_bridge_${name}`,
      help,
      labelNames,
      buckets,
      registers: [this.registry],
    });
  }

  #gauge(name: string, help: string, set: (gauge: Gauge) => void, ...labelNames: string[]): void {
    new Gauge({
      name: `infinitic_bridge_${name}`,
      help,
      labelNames,
      registers: [this.registry],
      collect() {
        set(this);
      },
    });
  }
}
