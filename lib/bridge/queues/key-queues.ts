import { Fifo } from "../../core/values/fifo.ts";
import type { Consumer, IncomingMessage } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Route } from "../options.ts";
import { KeyQueue } from "./key-queue.ts";

/** Finished messages remembered for the case that they are delivered again. */
const FINISHED_REMEMBERED = 10_000;

/** Receiving stops at the marks and goes on below this share of them. */
const ROOM_AGAIN = 0.9;

/** What queues need to know of the route or trigger that they are of. */
export type QueuedTopic = Pick<Route, "topic" | "type" | "maxHeld" | "maxHeldBytes">;

/**
 * All messages held of one topic, a queue for each key.
 *
 * A queue is in one state at a time: ready (in one of two lines, those who need an invocation of their own
 * apart), running, waiting for its next attempt, or gone. Who takes messages of one has it running until they release
 * it or have it wait: they acknowledge what was processed or parked, message by message, before.
 */
export class KeyQueues {
  readonly #route: QueuedTopic;
  readonly #consumer: Consumer;
  readonly #clock: Clock;
  readonly #stopping: AbortSignal;
  readonly #onReady: () => void;
  readonly #bytesOf: ((message: IncomingMessage) => number) | undefined;
  readonly #queues = new Map<string, KeyQueue>();
  readonly #ready = new Fifo<KeyQueue>();
  readonly #alone = new Fifo<KeyQueue>();
  #putBack: KeyQueue | undefined = undefined;
  #isAloneNext = false;
  /** Finished after their connection was lost: acknowledged without a second run when they come again. */
  readonly #finished = new Set<string>();
  #held = 0;
  #heldBytes = 0;
  #ofMany = 0;
  #ofManyBytes = 0;
  #onRoom: (() => void) | undefined = undefined;

  /**
   * @param options `onReady`: called when a queue became ready; `stopping`: ends waits, their messages stay; `bytesOf`:
   *   where it matters how much is ready, measures a message; then `onReady` is called for each
   */
  constructor(options: {
    readonly route: QueuedTopic;
    readonly consumer: Consumer;
    readonly clock: Clock;
    readonly stopping: AbortSignal;
    readonly onReady: () => void;
    readonly bytesOf?: ((message: IncomingMessage) => number) | undefined;
  }) {
    this.#route = options.route;
    this.#consumer = options.consumer;
    this.#clock = options.clock;
    this.#stopping = options.stopping;
    this.#onReady = options.onReady;
    this.#bytesOf = options.bytesOf;
  }

  get held(): number {
    return this.#held;
  }

  /** When the oldest message held was published, in epoch milliseconds. */
  get oldestAt(): number | undefined {
    let oldest: number | undefined;
    for (const { messages } of this.#queues.values()) {
      const at = messages[0]?.publishedAt;
      if (at !== undefined && (oldest === undefined || at < oldest)) oldest = at;
    }
    return oldest;
  }

  get readyCount(): number {
    return this.#ready.size + this.#alone.size + (this.#putBack === undefined ? 0 : 1);
  }

  /** Whether a queue is ready that shares its invocation with no other. */
  get hasAlone(): boolean {
    return this.#alone.size > 0;
  }

  /** The messages of all queues that are ready to share an invocation, where these are measured. */
  get readyOfMany(): { readonly count: number; readonly bytes: number } {
    return { count: this.#ofMany, bytes: this.#ofManyBytes };
  }

  get hasRoom(): boolean {
    return this.#isBelow(1);
  }

  /** Resolves once there is room for some messages, not for one only. */
  async room(): Promise<void> {
    this.prune();
    while (!this.#isBelow(ROOM_AGAIN)) {
      await new Promise<void>((resolve) => {
        this.#onRoom = resolve;
      });
    }
  }

  /** Leaves out what was lost with its connection. */
  prune(): void {
    for (const queue of this.#queues.values()) this.#prune(queue);
  }

  add(message: IncomingMessage): void {
    if (this.#isFinished(message)) return;
    const { id, key } = this.#lineOf(message);
    let queue = this.#queues.get(id);
    if (queue === undefined) {
      queue = new KeyQueue(id, key);
      this.#queues.set(id, queue);
    }
    queue.messages.push(message);
    this.#count(message, 1);
    if (queue.state === "idle") this.#makeReady(queue);
    else if (queue.state === "ready") {
      this.#measure(queue, message, 1);
      if (this.#bytesOf !== undefined) this.#onReady();
    }
  }

  /** The next ready queue that has an invocation of its own. */
  nextAlone(): KeyQueue | undefined {
    return this.#first(this.#alone);
  }

  /** The next ready queue: in turn one that shares an invocation with others, and one that does not. */
  next(): KeyQueue | undefined {
    const queue = this.#isAloneNext
      ? (this.#first(this.#alone) ?? this.nextOfMany())
      : (this.nextOfMany() ?? this.#first(this.#alone));
    this.#isAloneNext = queue?.isAlone === false;
    return queue;
  }

  /** The next ready queue that shares an invocation with others. */
  nextOfMany(): KeyQueue | undefined {
    const putBack = this.#putBack;
    this.#putBack = undefined;
    return (putBack && this.#withMessages(putBack)) ?? this.#first(this.#ready);
  }

  /** Makes a queue the next one again. */
  putBack(queue: KeyQueue): void {
    this.#putBack = queue;
    this.#measureAll(queue, 1);
  }

  /** Takes the first messages of a queue that {@link next} has given; it is running from now on. */
  take(queue: KeyQueue, count: number): readonly IncomingMessage[] {
    return queue.take(count);
  }

  /** Acknowledges messages of a running queue, these very ones; it goes on running. */
  acknowledge(queue: KeyQueue, messages: readonly IncomingMessage[]): void {
    for (const message of messages) {
      if (this.#consumer.isCurrent(message)) this.#consumer.acknowledge(message);
      else this.#rememberFinished(message.id);
      this.#count(message, -1);
    }
    queue.remove(new Set(messages));
  }

  /** Ends a queue's running: what is left in it is ready at once. */
  release(queue: KeyQueue): void {
    queue.running = 0;
    if (queue.messages.length > 0) this.#makeReady(queue);
    else this.#remove(queue);
  }

  /** Ends a queue's running: what is left in it is ready after a delay. */
  wait(queue: KeyQueue, delayMs: number): void {
    queue.running = 0;
    queue.state = "waiting";
    this.#clock.sleep(delayMs, this.#stopping).then(
      () => this.#makeReady(queue),
      () => undefined,
    );
  }

  #makeReady(queue: KeyQueue): void {
    queue.state = "ready";
    queue.isOfMany = !queue.isAlone;
    (queue.isOfMany ? this.#ready : this.#alone).push(queue);
    this.#measureAll(queue, 1);
    this.#onReady();
  }

  #measureAll(queue: KeyQueue, sign: 1 | -1): void {
    if (this.#bytesOf !== undefined)
      for (const message of queue.messages) this.#measure(queue, message, sign);
  }

  /** Counts what a ready queue has more (1) or less (-1). */
  #measure(queue: KeyQueue, message: IncomingMessage, sign: 1 | -1): void {
    if (this.#bytesOf === undefined || !queue.isOfMany) return;
    this.#ofMany += sign;
    this.#ofManyBytes += sign * this.#bytesOf(message);
  }

  /** The line that a message waits in: its key's, the topic's where all is in order, or one of its own. */
  #lineOf({ id, key }: IncomingMessage): { readonly id: string; readonly key: string | undefined } {
    const { type } = this.#route;
    if (type === "failover") return { id: "topic", key: undefined };
    if (type === "key_shared" && key !== undefined) return { id: `key:${key}`, key };
    return { id: `message:${id}`, key: undefined };
  }

  #first(ready: Fifo<KeyQueue>): KeyQueue | undefined {
    for (let queue = ready.shift(); queue !== undefined; queue = ready.shift()) {
      const found = this.#withMessages(queue);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A queue that was ready, less what it has lost meanwhile; undefined when that is all, and the queue is gone. */
  #withMessages(queue: KeyQueue): KeyQueue | undefined {
    this.#prune(queue);
    this.#measureAll(queue, -1);
    if (queue.messages.length > 0) return queue;
    this.#remove(queue);
    return undefined;
  }

  /** Drops what was lost with its connection: it is delivered again, perhaps to another bridge (I7). */
  #prune(queue: KeyQueue): void {
    queue.filter((message) => {
      const wanted = this.#consumer.isCurrent(message) && !this.#isFinished(message);
      if (wanted) return true;
      this.#count(message, -1);
      if (queue.state === "ready") this.#measure(queue, message, -1);
      return false;
    });
  }

  #isFinished(message: IncomingMessage): boolean {
    if (this.#finished.size === 0 || !this.#finished.has(message.id)) return false;
    if (!this.#consumer.isCurrent(message)) return false;
    this.#finished.delete(message.id);
    this.#consumer.acknowledge(message);
    return true;
  }

  #rememberFinished(id: string): void {
    this.#finished.add(id);
    if (this.#finished.size <= FINISHED_REMEMBERED) return;
    for (const oldest of this.#finished) {
      this.#finished.delete(oldest);
      return;
    }
  }

  #isBelow(share: number): boolean {
    const { maxHeld, maxHeldBytes } = this.#route;
    return this.#held < maxHeld * share && this.#heldBytes < maxHeldBytes * share;
  }

  #remove(queue: KeyQueue): void {
    queue.state = "idle";
    this.#queues.delete(queue.id);
  }

  #count(message: IncomingMessage, sign: 1 | -1): void {
    this.#held += sign;
    this.#heldBytes += sign * message.payload.length;
    if (sign < 0 && this.#onRoom !== undefined && this.#isBelow(ROOM_AGAIN)) {
      this.#onRoom();
      this.#onRoom = undefined;
    }
  }
}
