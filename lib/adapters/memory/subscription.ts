import { Fifo } from "../../core/values/fifo.ts";
import type { Clock } from "../../ports/clock.ts";
import { Delays } from "./delays.ts";
import type { Entry } from "./entry.ts";

/** One consumer's connection to a subscription. */
export class Attachment {
  /** Delivered and not acknowledged, by position. */
  readonly unacknowledged = new Map<number, Entry>();
  /** What only this connection may take, while it gives no permit for it. */
  readonly assigned = new Fifo<Entry>();
  /** How many more messages it takes now. */
  permits = 0;
  readonly number: number;
  readonly #deliver: (entry: Entry) => void;

  constructor(number: number, deliver: (entry: Entry) => void) {
    this.number = number;
    this.#deliver = deliver;
  }

  deliver(entry: Entry): void {
    this.permits -= 1;
    this.unacknowledged.set(entry.position, entry);
    this.#deliver(entry);
  }
}

export interface SubscriptionDependencies {
  readonly clock: Clock;
  readonly onAcknowledged: (entry: Entry) => void;
}

/** A durable subscription: what it has not acknowledged it delivers again when its consumer goes away. */
export abstract class Subscription {
  protected attachments: Attachment[] = [];
  readonly #clock: Clock;
  readonly #onAcknowledged: (entry: Entry) => void;
  readonly #delays: Delays;
  #attached = 0;

  constructor({ clock, onAcknowledged }: SubscriptionDependencies) {
    this.#clock = clock;
    this.#onAcknowledged = onAcknowledged;
    this.#delays = new Delays(clock, (entry) => this.route(entry));
  }

  get isConsumed(): boolean {
    return this.attachments.length > 0;
  }

  /** Delivers the entry, or keeps it until somebody may take it. */
  protected abstract route(entry: Entry): void;
  /** Delivers what waits for this connection's permits. */
  protected abstract pump(attachment: Attachment): void;
  /** Called when an entry was acknowledged. */
  protected abstract settle(attachment: Attachment, entry: Entry): void;
  /** Routes everything undelivered anew among the present connections, with what a gone one gave back. */
  protected abstract rebalance(returned: Iterable<Entry>): void;

  offer(entry: Entry): void {
    const { deliverAt } = entry.message;
    if (deliverAt !== undefined && deliverAt > this.#clock.now()) this.#delays.add(entry, deliverAt);
    else this.route(entry);
  }

  attach(deliver: (entry: Entry) => void): Attachment {
    const attachment = new Attachment(this.#attached++, deliver);
    this.attachments.push(attachment);
    this.rebalance([]);
    return attachment;
  }

  /** Takes back what the connection has not acknowledged. Without effect the second time. */
  detach(attachment: Attachment): void {
    if (!this.attachments.includes(attachment)) return;
    this.attachments = this.attachments.filter((other) => other !== attachment);
    this.rebalance([...attachment.unacknowledged.values(), ...attachment.assigned.drain()]);
    attachment.unacknowledged.clear();
  }

  permit(attachment: Attachment, count: number): void {
    attachment.permits += count;
    this.pump(attachment);
  }

  acknowledge(attachment: Attachment, position: number): void {
    const entry = attachment.unacknowledged.get(position);
    if (entry === undefined) return;
    attachment.unacknowledged.delete(position);
    this.settle(attachment, entry);
    this.#onAcknowledged(entry);
  }

  close(): void {
    this.#delays.close();
  }
}

/** Sorts entries as the topic holds them. */
export const byPosition = (a: Entry, b: Entry): number => a.position - b.position;
