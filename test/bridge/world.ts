import { onTestFinished } from "vitest";
import { Bridge } from "../../lib/bridge/bridge.ts";
import { type BridgeMetrics, NO_METRICS } from "../../lib/bridge/metrics.ts";
import type { BridgeOptions } from "../../lib/bridge/options.ts";
import type { Emit } from "../../lib/core/protocol/invocation.ts";
import type { IncomingMessage } from "../../lib/ports/broker.ts";
import type { HealthIssue } from "../../lib/ports/health-issue.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { FakeBroker, type FakeConsumer } from "./fake-broker.ts";
import { HandInvoker } from "./hand-invoker.ts";

export const ENGINE = "workflow-engine:Booking";
export const TASKS = "task-executor:Flights";

type RouteOptions = Partial<BridgeOptions["routes"][number]>;

type WorldOptions = Partial<BridgeOptions> & {
  readonly engine?: RouteOptions;
  readonly tasks?: RouteOptions;
  readonly metrics?: BridgeMetrics;
};

/** A bridge between a fake broker and an invoker, both driven by hand, at a standing clock. */
export class World {
  readonly clock = new ManualClock();
  readonly broker = new FakeBroker();
  readonly invoker = new HandInvoker();
  readonly healthIssues: HealthIssue[] = [];
  readonly bridge: Bridge;

  constructor({ engine = {}, tasks = {}, metrics = NO_METRICS, ...options }: WorldOptions = {}) {
    this.bridge = new Bridge({
      ...this,
      metrics,
      options: {
        routes: [
          { topic: ENGINE, type: "key_shared", functionName: "booking", timeoutMs: 1_000, ...engine },
          { topic: TASKS, type: "shared", functionName: "flights", timeoutMs: 1_000, ...tasks },
        ],
        ...options,
      },
      onHealthIssue: (issue) => this.healthIssues.push(issue),
      random: () => 1,
    });
  }

  get engine(): FakeConsumer {
    return this.broker.consumer(ENGINE);
  }

  get tasks(): FakeConsumer {
    return this.broker.consumer(TASKS);
  }

  get delayed(): FakeConsumer {
    return this.broker.consumer("delayed");
  }

  /** Payloads published, in order of their receipts. */
  get payloads(): readonly string[] {
    return this.broker.published.map(({ payload }) => payload);
  }

  /** What the letters published have for a property. */
  propertyOf(property: string): readonly (string | undefined)[] {
    return this.broker.published.map(({ properties = {} }) => properties[property]);
  }

  /** Delivers messages called like `a1`: the letter is the key. */
  async deliver(...ids: readonly string[]): Promise<void> {
    for (const id of ids) this.engine.deliver({ id, key: id.charAt(0) });
    await this.settle();
  }

  async deliverTask(
    ...messages: readonly (Partial<IncomingMessage> & { readonly id: string })[]
  ): Promise<void> {
    for (const message of messages) this.tasks.deliver(message);
    await this.settle();
  }

  /** Lets everything happen that needs no outcome and no time. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }
}

export async function startWorld(options?: WorldOptions): Promise<World> {
  const world = new World(options);
  await world.bridge.start();
  onTestFinished(async () => {
    for (const invocation of [...world.invoker.open]) invocation.end({ kind: "timed-out" });
    await world.settle();
    const closed = world.bridge.close();
    await world.clock.advance(200_000);
    await closed;
  });
  return world;
}

/** An emit to an instance's engine topic. */
export const emit = (cause: string, payload: string, more: Partial<Emit> = {}): Emit => ({
  cause,
  topic: ENGINE,
  payload,
  ...more,
});

/** A promise that the test resolves. */
export function byHand(): { readonly promise: Promise<void>; resolve(): void; reject(error: Error): void } {
  return Promise.withResolvers<void>();
}
