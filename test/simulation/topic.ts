import type { IncomingMessage, OutgoingMessage, SubscriptionType } from "../../lib/ports/broker.ts";
import type { World } from "./world.ts";

/** A message that is not acknowledged yet. */
export interface Entry {
  readonly position: number;
  readonly message: OutgoingMessage;
  readonly publishedAt: number;
  /** When a delayed one is delivered: the broker's own precision is a second, and it may be behind. */
  readonly deliverAt: number;
}

/** One connection of a consumer: what it holds is delivered again, in order, once it is gone. */
export interface Connection {
  readonly delivered: Set<Entry>;
  /** Set while the consumer waits for a message. */
  wanting: ((entry: Entry) => void) | undefined;
}

/** A topic and its one subscription, kept until acknowledged. */
export class Topic {
  readonly name: string;
  readonly type: SubscriptionType;
  readonly #world: World;
  readonly #connections = new Set<Connection>();
  /** By position. */
  readonly backlog: Entry[] = [];
  #owners = new Map<string, Set<Connection>>();
  #nextPosition = 0;

  constructor(world: World, name: string, type: SubscriptionType) {
    this.#world = world;
    this.name = name;
    this.type = type;
  }

  append(message: OutgoingMessage): void {
    const { now } = this.#world;
    const deliverAt = Math.max(now, message.deliverAt ?? 0) + this.#shiftMs(message);
    this.backlog.push({ position: this.#nextPosition++, message, publishedAt: now, deliverAt });
    if (deliverAt <= now) this.#deliver();
    else this.#world.after(deliverAt - now, () => this.#deliver());
  }

  connect(): Connection {
    const connection: Connection = { delivered: new Set(), wanting: undefined };
    this.#connections.add(connection);
    return connection;
  }

  disconnect(connection: Connection): void {
    this.#connections.delete(connection);
    for (const owners of this.#owners.values()) owners.delete(connection);
    this.#deliver();
  }

  /** Waits for the next message. */
  want(connection: Connection, deliver: (entry: Entry) => void): void {
    connection.wanting = deliver;
    this.#deliver();
  }

  acknowledge(entry: Entry): void {
    const index = this.backlog.indexOf(entry);
    if (index >= 0) this.backlog.splice(index, 1);
    for (const { delivered } of this.#connections) delivered.delete(entry);
  }

  /** Messages that could be delivered now, or are delivered and not acknowledged. */
  get due(): readonly Entry[] {
    return this.backlog.filter(({ deliverAt }) => deliverAt <= this.#world.now);
  }

  /** Whether the same message is in the backlog, beside this entry. */
  hasCopy(entry: Entry): boolean {
    return this.backlog.some((other) => other !== entry && other.message.payload === entry.message.payload);
  }

  incoming({ position, message, publishedAt }: Entry): IncomingMessage {
    const { key, payload, properties = {} } = message;
    const id = `${this.name}/${position}`;
    return { id, topic: this.name, ...(key !== undefined && { key }), payload, properties, publishedAt };
  }

  #shiftMs({ deliverAt, key }: OutgoingMessage): number {
    if (deliverAt === undefined) return 0;
    const { chance, faults } = this.#world;
    const what = `${this.name} ${key}`;
    if (faults.strikes("delivered early", what)) return -chance.int(`earliness ${what}`, 1, 20_000);
    if (faults.strikes("delivered late", what)) return chance.int(`lateness ${what}`, 1, 90_000);
    return chance.int(`precision ${what}`, 0, 1_000);
  }

  #deliver(): void {
    for (const connection of this.#connections) {
      if (connection.wanting === undefined) continue;
      const entry = this.#choose(connection);
      if (entry === undefined) continue;
      const { wanting } = connection;
      connection.wanting = undefined;
      connection.delivered.add(entry);
      wanting(entry);
    }
  }

  /** Any message that may come next: of each key the first one, and keys overtake each other. */
  #choose(connection: Connection): Entry | undefined {
    const heads: Entry[] = [];
    const lines = new Set<string>();
    for (const entry of this.backlog) {
      if (connection.delivered.has(entry) || entry.deliverAt > this.#world.now) continue;
      const line = this.#lineOf(entry);
      if (lines.has(line)) continue;
      lines.add(line);
      if (this.#mayHave(connection, line, entry)) heads.push(entry);
    }
    if (heads.length === 0) return undefined;
    const chosen = this.#world.chance.pick(`next of ${this.name}`, heads);
    if (this.type !== "shared") this.#ownersOf(this.#lineOf(chosen)).add(connection);
    return chosen;
  }

  #lineOf({ message, position }: Entry): string {
    if (this.type === "failover") return "";
    return this.type === "key_shared" ? (message.key ?? "") : `${position}`;
  }

  #mayHave(connection: Connection, line: string, entry: Entry): boolean {
    if (this.type === "shared") return ![...this.#connections].some(({ delivered }) => delivered.has(entry));
    const owners = this.#ownersOf(line);
    if (owners.size === 0 || owners.has(connection)) return true;
    return owners.size === 1 && this.#world.faults.strikes("two owners of a key", `${this.name} ${line}`);
  }

  #ownersOf(line: string): Set<Connection> {
    const owners = this.#owners.get(line) ?? new Set();
    this.#owners.set(line, owners);
    return owners;
  }
}
