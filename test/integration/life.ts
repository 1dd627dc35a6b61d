import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { Broker, Consumer, ConsumerOptions, OutgoingMessage } from "../../lib/ports/broker.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import type { StateStore } from "../../lib/ports/state-store.ts";
import { type TestParts, type TestService, TestSystem } from "../../lib/testing/test-system.ts";
import type { TestWorkflow } from "../../lib/testing/test-workflow.ts";

/** Where a step can be struck. Every strike but the last two kills: the bridge is gone, and its sandboxes with it. */
export const POINTS = [
  "before the commit",
  "after the commit, before the reply",
  "after the reply, before the publishes",
  "after a publish",
  "before the acknowledgement",
  "before a commit that is made after the bridge is gone",
  "before a commit that is made long after the bridge is gone",
  "the commit's response is lost",
  "the publish's receipt is lost",
] as const;
export type Point = (typeof POINTS)[number];

/** Decides, each time that a life passes a point, whether it is struck there. */
export type Strike = (point: Point) => boolean;

/** Wraps a function of one life. */
export type Wrap = (functionName: string, handler: Handler) => Handler;

/** How late a very late commit is. */
const LATE_MS = 50;

const never = new Promise<never>(() => undefined);

/**
 * One bridge and one set of sandboxes, over a broker and stores that outlive them, until it is struck.
 *
 * A killed life does nothing any more: its calls never return, and its connections are cut.
 */
export class Life {
  readonly system: TestSystem;
  /** Functions that are running. */
  running = 0;
  readonly #strike: Strike;
  readonly #broker: Broker;
  readonly #clock: Clock;
  readonly #consumers: Consumer[] = [];
  readonly #subscription: string;
  readonly #copies: number;
  readonly #onKilled: () => Promise<void>;
  #isDead = false;

  constructor(setup: {
    readonly parts: TestParts;
    readonly workflows: readonly TestWorkflow[];
    readonly services: readonly TestService[];
    readonly strike: Strike;
    readonly wrap?: Wrap;
    readonly subscription: string;
    /** How often each message is published. */
    readonly copies?: number;
    /** Begins the next life. */
    readonly onKilled: () => Promise<void>;
  }) {
    const { parts, workflows, services, wrap = (_name, handler) => handler } = setup;
    this.#strike = setup.strike;
    this.#broker = parts.broker;
    this.#clock = parts.clock;
    this.#subscription = setup.subscription;
    this.#copies = setup.copies ?? 1;
    this.#onKilled = setup.onKilled;
    this.system = new TestSystem({
      workflows,
      services,
      parts: { ...parts, broker: this.#mortalBroker(), stateStore: this.#mortalStore(parts.stateStore) },
      wrap: (name, handler) => this.#mortalHandler(wrap(name, handler)),
    });
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  async #passes(point: Point): Promise<void> {
    if (this.#isDead) await never;
    if (!this.#strike(point)) return;
    await this.#die();
    await never;
  }

  async #die(): Promise<void> {
    this.#isDead = true;
    await Promise.all(this.#consumers.map((consumer) => consumer.close()));
    await this.#onKilled();
  }

  #mortalBroker(): Broker {
    const broker = this.#broker;
    return {
      publish: (message) => this.#publish(message),
      ensureSubscription: (options) => broker.ensureSubscription(options),
      subscribe: async (options) => this.#mortalConsumer(options),
      close: async () => undefined,
    };
  }

  async #publish(message: OutgoingMessage): Promise<string> {
    if (this.#isDead) return never;
    let receipt = "";
    for (let copy = 0; copy < this.#copies; copy += 1) receipt = await this.#broker.publish(message);
    await this.#passes("after a publish");
    if (this.#strike("the publish's receipt is lost"))
      throw new InfiniticError("BROKER_UNAVAILABLE", "expected a receipt, got a broken connection");
    return receipt;
  }

  async #mortalConsumer(options: ConsumerOptions): Promise<Consumer> {
    const consumer = await this.#broker.subscribe({ ...options, subscription: this.#subscription });
    this.#consumers.push(consumer);
    if (this.#isDead) await consumer.close();
    return {
      receive: async () => {
        const message = this.#isDead ? await never : await consumer.receive();
        return this.#isDead ? never : message;
      },
      isCurrent: (message) => consumer.isCurrent(message),
      acknowledge: (message) => {
        if (this.#isDead) return;
        if (this.#strike("before the acknowledgement")) void this.#die();
        else consumer.acknowledge(message);
      },
      close: () => consumer.close(),
    };
  }

  #mortalStore(store: StateStore): StateStore {
    const guard = async <T>(call: () => Promise<T>): Promise<T> => {
      const result = this.#isDead ? await never : await call();
      return this.#isDead ? never : result;
    };
    return {
      load: (key) => guard(() => store.load(key)),
      putChunk: (key, chunk) => guard(() => store.putChunk(key, chunk)),
      loadChunks: (key, run) => guard(() => store.loadChunks(key, run)),
      deleteRun: (key, run) => guard(() => store.deleteRun(key, run)),
      commit: async (key, next, expected) => {
        await this.#passes("before the commit");
        const isLate = this.#strike("before a commit that is made after the bridge is gone");
        const isVeryLate = this.#strike("before a commit that is made long after the bridge is gone");
        if (isLate || isVeryLate) {
          await this.#die();
          await this.#clock.sleep(isVeryLate ? LATE_MS : 0);
          await store.commit(key, next, expected);
          return never;
        }
        const result = await store.commit(key, next, expected);
        await this.#passes("after the commit, before the reply");
        if (this.#strike("the commit's response is lost"))
          throw new InfiniticError("STORE_UNAVAILABLE", "expected an answer, got a broken connection");
        return result;
      },
    };
  }

  #mortalHandler(handler: Handler): Handler {
    return async (event, context) => {
      if (this.#isDead) return never;
      this.running += 1;
      const reply: unknown = await handler(event, context);
      await this.#passes("after the reply, before the publishes");
      this.running -= 1;
      return reply;
    };
  }
}
