import { Fifo } from "../../core/values/fifo.ts";
import type { Entry } from "./entry.ts";
import { type Attachment, byPosition, Subscription } from "./subscription.ts";

/** Gives each message to any consumer that has room, in turn. */
export class SharedSubscription extends Subscription {
  readonly #backlog = new Fifo<Entry>();
  #turn = 0;

  protected override route(entry: Entry): void {
    const count = this.attachments.length;
    for (let tried = 0; tried < count; tried += 1) {
      const attachment = this.attachments[this.#turn++ % count];
      if (attachment === undefined || attachment.permits <= 0) continue;
      attachment.deliver(entry);
      return;
    }
    this.#backlog.push(entry);
  }

  protected override pump(attachment: Attachment): void {
    while (attachment.permits > 0) {
      const entry = this.#backlog.shift();
      if (entry === undefined) return;
      attachment.deliver(entry);
    }
  }

  protected override settle(): void {}

  protected override rebalance(returned: Iterable<Entry>): void {
    for (const entry of [...returned, ...this.#backlog.drain()].sort(byPosition)) this.route(entry);
  }
}
