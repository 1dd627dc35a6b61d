import type { Entry } from "./entry.ts";
import { type Attachment, byPosition, Subscription } from "./subscription.ts";

/** A key whose owner has changed while the former owner still holds messages of it. */
interface Draining {
  unacknowledged: number;
  readonly waiting: Entry[];
}

/**
 * Gives all messages of a key to one consumer, in order.
 *
 * A key's owner depends on the key and on who is connected. When it changes, the key drains, as in Pulsar 4:
 * its messages wait until the former owner has acknowledged, or given back by going away, all it holds.
 */
export class KeySharedSubscription extends Subscription {
  #draining = new Map<string, Draining>();
  #unowned: Entry[] = [];

  /** What is kept in order. */
  protected keyOf(entry: Entry): string {
    return entry.message.key ?? "";
  }

  protected override route(entry: Entry): void {
    const key = this.keyOf(entry);
    const draining = this.#draining.get(key);
    if (draining !== undefined) {
      draining.waiting.push(entry);
      return;
    }
    const owner = this.#ownerOf(key);
    if (owner === undefined) this.#unowned.push(entry);
    else if (owner.permits > 0 && owner.assigned.size === 0) owner.deliver(entry);
    else owner.assigned.push(entry);
  }

  protected override pump(attachment: Attachment): void {
    while (attachment.permits > 0) {
      const entry = attachment.assigned.shift();
      if (entry === undefined) return;
      attachment.deliver(entry);
    }
  }

  protected override settle(_holder: Attachment, entry: Entry): void {
    if (this.#draining.size === 0) return;
    const key = this.keyOf(entry);
    const draining = this.#draining.get(key);
    if (draining === undefined) return;
    draining.unacknowledged -= 1;
    if (draining.unacknowledged > 0) return;
    this.#draining.delete(key);
    for (const waiting of draining.waiting) this.route(waiting);
  }

  protected override rebalance(returned: Iterable<Entry>): void {
    // Not spread into push: a backlog may be longer than an argument list.
    const undelivered = [
      ...returned,
      ...this.#unowned,
      ...[...this.#draining.values()].flatMap(({ waiting }) => waiting),
      ...this.attachments.flatMap(({ assigned }) => assigned.drain()),
    ];
    this.#unowned = [];
    this.#draining = this.#findDraining();
    for (const entry of undelivered.sort(byPosition)) this.route(entry);
  }

  #findDraining(): Map<string, Draining> {
    const found = new Map<string, Draining>();
    for (const attachment of this.attachments) {
      for (const entry of attachment.unacknowledged.values()) {
        const key = this.keyOf(entry);
        if (this.#ownerOf(key) === attachment) continue;
        const draining = found.get(key);
        if (draining === undefined) found.set(key, { unacknowledged: 1, waiting: [] });
        else draining.unacknowledged += 1;
      }
    }
    return found;
  }

  /** Rendezvous hashing: a consumer that comes or goes moves no key but those it gets or had. */
  #ownerOf(key: string): Attachment | undefined {
    if (this.attachments.length <= 1) return this.attachments[0];
    const hash = hashOf(key);
    let owner: Attachment | undefined;
    let best = -1;
    for (const attachment of this.attachments) {
      const score = mix(hash ^ mix(attachment.number + 1));
      if (score <= best) continue;
      best = score;
      owner = attachment;
    }
    return owner;
  }
}

/** FNV-1a over UTF-16 units. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash;
}

/** MurmurHash3's finalizer: spreads every bit over all 32. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
