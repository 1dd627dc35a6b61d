import type { IncomingMessage } from "../../ports/broker.ts";

/**
 * The messages of one key, in order; the first `running` of them are in flight (I6: in one invocation). What is in
 * flight stays there, also when its connection is lost, until the invocation is settled to its end: whatever is awaited
 * for that, receipts of emits and of parked messages included.
 *
 * State and messages are changed by KeyQueues alone. What a queue remembers besides concerns its head: it is forgotten
 * when the head is done.
 */
export class KeyQueue {
  /** Unique among the route's queues. */
  readonly id: string;
  /** Undefined for a message whose order means nothing: it is alone in its queue. */
  readonly key: string | undefined;
  readonly messages: IncomingMessage[] = [];
  state: "idle" | "ready" | "running" | "waiting" = "idle";
  running = 0;
  /** While ready: whether it stands in line with those that share an invocation. */
  isOfMany = false;
  /** Messages at the head that were in an invocation that died: each is retried alone. */
  suspects = 0;
  /** Failed attempts of the head, deaths included. */
  failures = 0;
  /** Invocations that the head killed alone. */
  deaths = 0;
  /** Set when the head was too large with its hint. */
  withoutHint = false;
  /** The last reply's `more`, and the number of messages it stands for. */
  resume: { readonly text: string; readonly count: number } | undefined = undefined;
  #headId: string | undefined = undefined;

  constructor(id: string, key: string | undefined) {
    this.id = id;
    this.key = key;
  }

  /** True when the next invocation has to be this queue's own. */
  get isAlone(): boolean {
    return this.suspects > 0 || this.resume !== undefined;
  }

  /** Tells how many messages the next invocation should have, at most `limit` unless they have to be the same. */
  head(limit: number): number {
    const head = this.messages[0];
    if (head?.id !== this.#headId) this.#forget(head?.id);
    if (this.resume !== undefined) return this.resume.count;
    return this.suspects > 0 ? 1 : Math.min(limit, this.messages.length);
  }

  /** Marks the first messages as in flight, and returns them. */
  take(count: number): readonly IncomingMessage[] {
    this.running = count;
    this.state = "running";
    return this.messages.slice(0, count);
  }

  /** Takes out messages that are in flight and done; the others of them stay in flight. */
  remove(done: ReadonlySet<IncomingMessage>): void {
    let kept = 0;
    for (let index = 0; index < this.running; index += 1) {
      const message = this.messages[index] as IncomingMessage;
      if (done.has(message)) continue;
      this.messages[kept] = message;
      kept += 1;
    }
    const count = this.running - kept;
    if (count === 0) return;
    this.messages.splice(kept, count);
    this.running = kept;
    this.suspects = Math.max(0, this.suspects - count);
    this.#forget(this.messages[0]?.id);
  }

  /** Leaves out what is not in flight and not `wanted`. */
  filter(wanted: (message: IncomingMessage) => boolean): void {
    let kept = this.running;
    for (let index = this.running; index < this.messages.length; index += 1) {
      const message = this.messages[index] as IncomingMessage;
      if (wanted(message)) {
        this.messages[kept] = message;
        kept += 1;
      }
    }
    if (kept === this.messages.length) return;
    this.messages.length = kept;
    if (this.running === 0) this.resume = undefined;
  }

  #forget(headId: string | undefined): void {
    this.#headId = headId;
    this.failures = 0;
    this.deaths = 0;
    this.withoutHint = false;
    this.resume = undefined;
  }
}
