import type { Usage } from "../../core/protocol/invocation.ts";
import type { Clock } from "../../ports/clock.ts";
import type { FunctionInvoker, InvokeOutcome } from "../../ports/function-invoker.ts";
import type { BridgeParts } from "../bridge-parts.ts";
import { ResultHandler } from "../delivery/result-handler.ts";
import type { BridgeMetrics } from "../metrics.ts";
import type { CheckedOptions, Route } from "../options.ts";
import type { InFlight } from "../queues/in-flight.ts";
import type { KeyQueues } from "../queues/key-queues.ts";
import { type Batch, Batcher } from "./batch.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import { readReply, readStreamReply } from "./reply.ts";

/** Invokes one route's function with what is ready, as often as its gate allows. */
export class Dispatcher {
  readonly #route: Route;
  readonly #queues: KeyQueues;
  readonly #batcher: Batcher;
  readonly #settler: ResultHandler;
  readonly #gate: CircuitBreaker;
  readonly #invoker: FunctionInvoker;
  readonly #inFlight: InFlight;
  readonly #clock: Clock;
  readonly #metrics: BridgeMetrics;
  readonly #stopping: AbortSignal;
  #isScheduled = false;
  /** The wait for a batch to become full, while there is one. */
  #lingering: AbortController | undefined = undefined;
  /** What is ready has waited as long as it may. */
  #isOverdue = false;

  constructor(options: {
    readonly route: Route;
    readonly options: CheckedOptions;
    readonly queues: KeyQueues;
    readonly gate: CircuitBreaker;
    readonly parts: BridgeParts;
  }) {
    const { route, queues, parts } = options;
    const { topic, handler, maxAttempts } = route;
    this.#route = route;
    this.#queues = queues;
    this.#batcher = new Batcher({ ...parts, ...options });
    this.#settler = new ResultHandler({
      ...parts,
      topic,
      maxAttempts: handler === "stream" ? maxAttempts : Infinity,
      queues,
    });
    this.#gate = options.gate;
    this.#invoker = parts.invoker;
    this.#inFlight = parts.inFlight;
    this.#clock = parts.clock;
    this.#metrics = parts.metrics;
    this.#stopping = parts.stopping;
  }

  /** Dispatches soon: once a turn of the event loop, so that what arrived together goes together. */
  schedule(): void {
    if (this.#isScheduled) return;
    if (this.#isTooFew) this.#linger();
    if (this.#isTooFew && !this.#queues.hasAlone) return;
    this.#isScheduled = true;
    setImmediate(this.#dispatch);
  }

  /** Whether what is ready to share an invocation waits for more; what fills all the room that there is does not. */
  get #isTooFew(): boolean {
    if (this.#route.lingerMs === 0 || this.#isOverdue) return false;
    if (!this.#isFull) return true;
    this.#queues.prune();
    return !this.#isFull;
  }

  get #isFull(): boolean {
    const { hasRoom, readyOfMany } = this.#queues;
    return !hasRoom || readyOfMany.count >= this.#route.batchSize || this.#batcher.isFullOfBytes;
  }

  #linger(): void {
    if (this.#lingering !== undefined) return;
    this.#lingering = new AbortController();
    const ended = AbortSignal.any([this.#stopping, this.#lingering.signal]);
    this.#clock.sleep(this.#route.lingerMs, ended).then(
      () => {
        this.#isOverdue = true;
        this.#dispatch();
      },
      () => undefined,
    );
  }

  readonly #dispatch = (): void => {
    this.#isScheduled = false;
    while (!this.#stopping.aborted && this.#queues.readyCount > 0) {
      const isTooFew = this.#isTooFew;
      if (isTooFew) this.#linger();
      if (isTooFew && !this.#queues.hasAlone) return;
      if (!this.#gate.isOpen) {
        this.#gate.whenChanged(this.#retryDispatch);
        return;
      }
      const batch = isTooFew ? this.#batcher.nextAlone() : this.#batcher.next();
      if (batch === undefined) return;
      if (!batch.isAlone) this.#endLinger();
      void this.#invoke(batch);
    }
  };

  #endLinger(): void {
    this.#lingering?.abort();
    this.#lingering = undefined;
    this.#isOverdue = false;
  }

  readonly #retryDispatch = (): void => {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#dispatch);
  };

  async #invoke(batch: Batch): Promise<void> {
    const { functionName, timeoutMs } = this.#route;
    const startedAt = this.#clock.now();
    const end = this.#inFlight.begin(startedAt);
    const pass = this.#gate.enter();
    const outcome = await this.#invoker.invoke(functionName, batch.request, { timeoutMs });
    this.#metrics.invoked(functionName, outcome.kind, this.#clock.now() - startedAt);
    this.#gate.leave(pass, outcome);
    await this.#settle(batch, outcome);
    end();
  }

  async #settle(batch: Batch, outcome: InvokeOutcome): Promise<void> {
    const { keyBatches: runs, count } = batch;
    switch (outcome.kind) {
      case "answered": {
        const reply = this.#read(outcome.payload, batch);
        if (reply === undefined) {
          const reason = `expected a reply of the protocol, got ${outcome.payload.slice(0, 200)}`;
          return this.#died(batch, reason);
        }
        if (reply.usage !== undefined) this.#metrics.used(this.#route.functionName, reply.usage);
        await Promise.all(runs.map((run) => this.#settler.answered(run, count)));
        return;
      }
      case "died":
        return this.#died(batch, `${outcome.errorType}: ${outcome.message}`);
      case "timed-out":
        return this.#died(batch, "expected an answer in time, got none");
      case "too-large":
        await Promise.all(runs.map((run) => this.#settler.tooLarge(run, count)));
        return;
      case "throttled":
      case "unavailable":
      case "misconfigured":
        for (const run of runs) this.#settler.released(run);
    }
  }

  async #died({ keyBatches: runs, count }: Batch, reason: string): Promise<void> {
    await Promise.all(runs.map((run) => this.#settler.died(run, count, reason)));
  }

  /** Hands each run its part of a reply; undefined when it is none. */
  #read(payload: string, batch: Batch): { readonly usage?: Usage } | undefined {
    if (this.#route.handler === "infinitic") return readReply(payload, batch);
    return readStreamReply(payload, batch) ? {} : undefined;
  }
}
