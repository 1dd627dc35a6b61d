import { DELAYED_TOPIC, SUBSCRIPTION } from "../core/protocol/topics.ts";
import type { Broker, Consumer, ConsumerOptions } from "../ports/broker.ts";
import type { Clock } from "../ports/clock.ts";
import type { FunctionInvoker } from "../ports/function-invoker.ts";
import type { HealthIssue } from "../ports/health-issue.ts";
import { Backoff } from "./backoff.ts";
import type { BridgeParts } from "./bridge-parts.ts";
import { DeadLetters } from "./dead-letters/dead-letters.ts";
import { Dues } from "./delivery/dues.ts";
import { Forwarder } from "./delivery/forwarder.ts";
import { Hints } from "./delivery/hints.ts";
import { Publisher } from "./delivery/publisher.ts";
import { Subscriptions } from "./delivery/subscriptions.ts";
import { CircuitBreaker, OverallLimit } from "./dispatch/circuit-breaker.ts";
import { Dispatcher } from "./dispatch/dispatcher.ts";
import { HealthIssues } from "./health-issues.ts";
import { type BridgeGauges, type BridgeMetrics, NO_METRICS } from "./metrics.ts";
import { type BridgeOptions, type CheckedOptions, checkOptions, type Route } from "./options.ts";
import { InFlight } from "./queues/in-flight.ts";
import { receive } from "./queues/receiver.ts";
import { recordSizes } from "./queues/record-sizes.ts";
import { SweepLoop } from "./sweep-loop.ts";
import { TopicBridge } from "./topic-bridge.ts";
import { TriggerCarrier } from "./triggers/trigger-carrier.ts";
import type { Trigger } from "./triggers/trigger-options.ts";

/**
 * Carries messages from the broker to functions, and what these answer back to the broker.
 *
 * - I5: a message is acknowledged only after every emit it caused has a receipt, or it is parked.
 * - I6: of one key there is at most one invocation in flight; the next begins after the receipts of the last;
 *   nothing overtakes a message that fails.
 * - I7: none of this is needed for safety: any number of bridges may run, and any may vanish at any time.
 *
 * @example
 * const bridge = new Bridge({ broker, invoker, clock: systemClock, options: { routes: [
 *   { topic: "workflow-engine:Booking", type: "key_shared", functionName: "booking", timeoutMs: 30_000 },
 * ] } });
 * await bridge.start();
 * …
 * await bridge.close();
 */
export class Bridge {
  readonly #options: CheckedOptions;
  readonly #parts: BridgeParts;
  readonly #overall: OverallLimit;
  readonly #subscriptions: Subscriptions;
  readonly #gates = new Map<string, CircuitBreaker>();
  readonly #routes: TopicBridge<Route>[] = [];
  readonly #triggers: TopicBridge<Trigger>[] = [];
  readonly #stopping = new AbortController();
  readonly #aborted = new AbortController();
  #forwarder: { readonly forwarder: Forwarder; readonly consumer: Consumer } | undefined = undefined;
  #receivedAt = 0;
  /** When delayed messages are due, as far as this bridge knows. */
  readonly dues: Dues;
  #isStarted = false;

  /** @throws InfiniticError `INVALID_OPTION` */
  constructor(setup: {
    readonly broker: Broker;
    readonly invoker: FunctionInvoker;
    readonly clock: Clock;
    readonly options: BridgeOptions;
    readonly metrics?: BridgeMetrics;
    readonly onHealthIssue?: (issue: HealthIssue) => void;
    /** Numbers in [0, 1). */
    readonly random?: () => number;
    /** When delayed messages are due that were published before. */
    readonly dues?: readonly number[];
  }) {
    const { broker, invoker, clock, metrics = NO_METRICS, random = Math.random } = setup;
    const options = checkOptions(setup.options);
    const backoff = new Backoff({ ...options.retry, random });
    const healthIssues = new HealthIssues(setup.onHealthIssue ?? (() => undefined));
    const aborted = this.#aborted.signal;
    this.dues = new Dues(setup.dues);
    this.#subscriptions = new Subscriptions(broker);
    const publisher = new Publisher({
      broker,
      subscriptions: this.#subscriptions,
      clock,
      backoff,
      metrics,
      healthIssues,
      aborted,
      dues: this.dues,
    });
    const deadLetters = new DeadLetters({ publisher, metrics, healthIssues });
    this.#options = options;
    this.#overall = new OverallLimit({ maxConcurrency: options.maxConcurrency, clock });
    this.#parts = {
      broker,
      invoker,
      clock,
      backoff,
      publisher,
      deadLetters,
      hints: new Hints(options.hintBytes),
      inFlight: new InFlight(),
      metrics,
      healthIssues: healthIssues,
      onReceived: () => {
        this.#receivedAt = clock.now();
      },
      stopping: this.#stopping.signal,
    };
  }

  /** Resolves once every topic is subscribed; what it does, it does from then on until {@link close}. */
  async start(): Promise<void> {
    const routes = this.#options.routes.map((route) => this.#startRoute(route));
    const triggers = this.#options.triggers.map((trigger) => this.#startTrigger(trigger));
    await Promise.all([...routes, ...triggers, this.#startForwarder()]);
    const { timers } = this.#options;
    if (timers !== undefined) void new SweepLoop({ ...this.#parts, route: timers }).run();
    this.#isStarted = true;
  }

  /** True once all topics were subscribed. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** True while all topics are subscribed and nothing waits for a person or a platform. */
  get isReady(): boolean {
    return this.#isStarted && !this.#stopping.signal.aborted && this.healthIssues.length === 0;
  }

  /** What lasts of the bridge's own health issues, and of its broker's where that tells them. */
  get healthIssues(): readonly HealthIssue[] {
    return [...this.#parts.healthIssues.lasting, ...(this.#parts.broker.healthIssues ?? [])];
  }

  get gauges(): BridgeGauges {
    const { inFlight, clock, hints } = this.#parts;
    const { oldestAt } = inFlight;
    return {
      invocationsInFlight: inFlight.size,
      oldestInFlightMs: oldestAt === undefined ? 0 : clock.now() - oldestAt,
      oldestHeldMs: Math.max(0, ...this.#topics.map(({ oldestAt = clock.now() }) => clock.now() - oldestAt)),
      hintBytes: hints.bytes,
      held: {
        ...heldByTopic(this.#topics),
        [DELAYED_TOPIC]: this.#forwarder?.forwarder.held ?? 0,
      },
      limits: Object.fromEntries([...this.#gates].map(([name, { limit }]) => [name, limit])),
      healthIssues: this.healthIssues,
    };
  }

  /** Whether nothing is held or in flight. */
  get isIdle(): boolean {
    const isForwarding = (this.#forwarder?.forwarder.held ?? 0) > 0;
    return this.#parts.inFlight.size === 0 && !isForwarding && this.#topics.every(({ held }) => held === 0);
  }

  /** When the last message was received, in epoch milliseconds; 0 before the first. */
  get receivedAt(): number {
    return this.#receivedAt;
  }

  /** Takes nothing new any more on the routes that `isOver` tells; what is in flight on them ends. */
  stopRoutes(isOver: (route: Route) => boolean): void {
    for (const topic of this.#routes) if (isOver(topic.route)) topic.stop();
  }

  /**
   * Stops receiving, finishes what is in flight (with its publishes and acknowledgements), for at most
   * `drainMs`, and hands everything else over, in order. Does not close the broker.
   */
  async close(drainMs = this.#options.drainMs): Promise<void> {
    this.#stopping.abort();
    const { clock, inFlight } = this.#parts;
    const drained = new AbortController();
    const deadline = clock.sleep(drainMs, drained.signal).catch(() => undefined);
    const handedOver = this.#topics.map((topic) => topic.close(deadline));
    await Promise.race([inFlight.idle(), deadline]);
    drained.abort();
    this.#aborted.abort();
    await Promise.all([...handedOver, this.#forwarder?.consumer.close()]);
  }

  get #topics(): readonly TopicBridge<Route | Trigger>[] {
    return [...this.#routes, ...this.#triggers];
  }

  async #startRoute(route: Route): Promise<void> {
    const consumer = await this.#subscribe({ ...route, prefetch: Math.min(route.maxHeld, PREFETCH) });
    if (consumer === undefined) return;
    const gate = this.#gate(route.functionName);
    const topic = new TopicBridge({
      route,
      consumer,
      parts: this.#parts,
      bytesOf: route.lingerMs > 0 ? recordSizes(route) : undefined,
      carrier: (queues, parts) => new Dispatcher({ route, options: this.#options, queues, gate, parts }),
    });
    this.#routes.push(topic);
    void topic.run();
  }

  async #startTrigger(trigger: Trigger): Promise<void> {
    const consumer = await this.#subscribe({ ...trigger, prefetch: Math.min(trigger.maxHeld, PREFETCH) });
    if (consumer === undefined) return;
    const topic = new TopicBridge({
      route: trigger,
      consumer,
      parts: this.#parts,
      carrier: (queues, parts) => new TriggerCarrier({ trigger, queues, parts }),
    });
    this.#triggers.push(topic);
    void topic.run();
  }

  async #startForwarder(): Promise<void> {
    const consumer = await this.#subscribe({
      topic: DELAYED_TOPIC,
      subscription: SUBSCRIPTION,
      type: "shared",
      prefetch: PREFETCH,
    });
    if (consumer === undefined) return;
    const forwarder = new Forwarder({ ...this.#parts, consumer });
    this.#forwarder = { forwarder, consumer };
    void receive({
      ...this.#parts,
      consumer,
      topic: DELAYED_TOPIC,
      onMessage: (message) => void forwarder.forward(message),
      hasRoom: () => forwarder.hasRoom,
      room: () => forwarder.room(),
    });
  }

  /** Subscribes, however often it has to be tried; undefined when closed before. */
  async #subscribe({ topic, subscription, type, prefetch }: ConsumerOptions): Promise<Consumer | undefined> {
    const { broker, clock, backoff, healthIssues, stopping } = this.#parts;
    for (let failures = 1; !stopping.aborted; failures += 1) {
      try {
        const consumer = await broker.subscribe({ topic, subscription, type, prefetch });
        healthIssues.clear(`subscription:${topic}`);
        if (stopping.aborted) {
          await consumer.close();
          return undefined;
        }
        this.#subscriptions.add(topic);
        return consumer;
      } catch (error) {
        healthIssues.raise({ subject: `subscription:${topic}`, message: String(error), attempts: failures });
        await clock.sleep(backoff.delayMs(failures), stopping).catch(() => undefined);
      }
    }
    return undefined;
  }

  #gate(functionName: string): CircuitBreaker {
    const known = this.#gates.get(functionName);
    if (known !== undefined) return known;
    const routes = this.#options.routes.filter((route) => route.functionName === functionName);
    const maxConcurrency = Math.max(...routes.map((route) => route.maxConcurrency));
    const gate = new CircuitBreaker({ ...this.#parts, functionName, maxConcurrency, overall: this.#overall });
    this.#gates.set(functionName, gate);
    return gate;
  }
}

/** Most messages that wait on this side of a consumer, unseen by the bridge. */
const PREFETCH = 200;

/** A topic may have more than one trigger. */
function heldByTopic(
  topics: readonly { readonly route: { readonly topic: string }; readonly held: number }[],
): { readonly [topic: string]: number } {
  const sums: { [topic: string]: number } = {};
  for (const { route, held } of topics) sums[route.topic] = (sums[route.topic] ?? 0) + held;
  return sums;
}
