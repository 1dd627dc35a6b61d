import { isReference } from "../../lib/bridge/dead-letters/dead-letter.ts";
import type { StreamRecord } from "../../lib/bridge/dispatch/stream-request.ts";
import type { Message } from "../../lib/core/protocol/messages.ts";
import { hash128 } from "../../lib/core/values/hash.ts";
import type { IncomingMessage, OutgoingMessage } from "../../lib/ports/broker.ts";
import type { InvokeOutcome } from "../../lib/ports/function-invoker.ts";
import type { Ledger } from "./ledger.ts";
import { type OwnMessage, type OwnTopic, type OwnTopics, payloadOf } from "./own-topics.ts";

/** A message of a topic of the user's own, as the broker has it: a copy is another one. */
export interface OwnEntry {
  readonly id: string;
  readonly topic: OwnTopic;
  readonly message: OwnMessage;
  readonly payload: string;
  /** What it waits in: of one line, one after the other. */
  readonly line: string;
  readonly position: number;
  tries: number;
  /** Failed attempts, as bridges were told. */
  failures: number;
  isHandled: boolean;
  /** Whether an answer said so, to a bridge. */
  isReported: boolean;
  isParked: boolean;
  /** Of a trigger: whether the start or signal is stored. */
  isCarried: boolean;
  isAcknowledged: boolean;
}

/**
 * What truly happened to messages of the user's own topics, and what of it must not be:
 *
 * - a message is acknowledged when its handler has processed it and said so, or when it is parked; never otherwise
 * - where a handler minds the order, none is processed before all that are before it in its line
 * - a message is parked with its reason, after as many failures as its route allows, and whole, unless it is too large
 * - a trigger's message has one effect, whatever carries it
 */
export class OwnLedger {
  readonly entries = new Map<string, OwnEntry>();
  readonly #topics: ReadonlyMap<string, OwnTopic>;
  readonly #ledger: Ledger;
  readonly #positions = new Map<string, number>();
  readonly #lines = new Map<string, OwnEntry[]>();
  /** Of triggers, by the id of the start or signal. */
  readonly #carried = new Map<string, OwnEntry>();

  constructor(topics: OwnTopics, ledger: Ledger) {
    this.#topics = new Map(topics.map((topic) => [topic.name, topic]));
    this.#ledger = ledger;
  }

  lineOf(id: string): string {
    return this.#entry(id).line;
  }

  /** Counts a try, and tells how many there were. */
  tried(id: string): number {
    const entry = this.#entry(id);
    entry.tries += 1;
    return entry.tries;
  }

  handled(id: string): void {
    const entry = this.#entry(id);
    entry.isHandled = true;
    if (!entry.topic.isStrict || entry.topic.type === "shared") return;
    const skipped = (this.#lines.get(entry.line) ?? []).find(
      (other) => other.position < entry.position && !other.isHandled && !other.isParked,
    );
    if (skipped !== undefined) this.breach(`${id} was processed before ${skipped.id}`);
  }

  /** Takes note of what a bridge was answered for messages of a handler. */
  answered(records: readonly StreamRecord[], outcome: InvokeOutcome): void {
    const entries = records.map(({ eventID }) => this.#entry(eventID));
    const [first] = entries;
    const isDeath = outcome.kind === "died" || outcome.kind === "timed-out";
    if (isDeath && first !== undefined && entries.length === 1) first.failures += 1;
    if (outcome.kind !== "answered") return;
    const { batchItemFailures = [] } = (JSON.parse(outcome.payload) ?? {}) as {
      readonly batchItemFailures?: readonly { readonly itemIdentifier: string }[];
    };
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const stopped = new Set<string>();
    for (const entry of entries) {
      if (stopped.has(entry.line)) continue;
      if (failed.has(entry.id)) {
        stopped.add(entry.line);
        entry.failures += 1;
      } else entry.isReported = true;
    }
  }

  published(message: OutgoingMessage, isSubscribed: boolean): void {
    const topic = this.#topics.get(message.topic);
    if (topic !== undefined) return this.#arrived(topic, message);
    const parked = this.#topics.get(message.topic.replace(/^dlq:/, ""));
    if (parked !== undefined) return this.#parked(parked, message, isSubscribed);
    if (this.#carried.size > 0 && message.topic.startsWith("workflow-engine:")) this.#carry(message.payload);
    this.#ledger.published(message, isSubscribed);
  }

  acknowledging(message: IncomingMessage, hasCopy: boolean): void {
    const entry = this.entries.get(message.id);
    if (entry === undefined) return this.#ledger.acknowledging(message, hasCopy);
    const isDone = entry.topic.role === "handler" ? entry.isHandled && entry.isReported : entry.isCarried;
    if (!isDone && !entry.isParked)
      this.breach(`acknowledged ${entry.id} (${entry.message.fate}), neither processed nor parked`);
  }

  acknowledged(message: IncomingMessage): void {
    const entry = this.entries.get(message.id);
    if (entry === undefined) this.#ledger.acknowledged(message);
    else entry.isAcknowledged = true;
  }

  breach(what: string): void {
    this.#ledger.breaches.push(what);
  }

  #entry(id: string): OwnEntry {
    const entry = this.entries.get(id);
    if (entry === undefined) throw new RangeError(`expected a message of an own topic, got ${id}`);
    return entry;
  }

  #arrived(topic: OwnTopic, { payload, key = "" }: OutgoingMessage): void {
    const position = this.#positions.get(topic.name) ?? 0;
    this.#positions.set(topic.name, position + 1);
    const id = `${topic.name}/${position}`;
    const message = topic.messages.find((one) => payloadOf(topic, one) === payload);
    if (message === undefined) return this.breach(`${payload} is on ${topic.name}, and nobody sent it`);
    const line = `${topic.name} ${lineName(topic, key, id)}`;
    const entry: OwnEntry = {
      ...{ id, topic, message, payload, line, position },
      ...{ tries: 0, failures: 0 },
      ...{ isHandled: false, isReported: false, isParked: false, isCarried: false, isAcknowledged: false },
    };
    this.entries.set(id, entry);
    this.#lines.set(line, [...(this.#lines.get(line) ?? []), entry]);
    if (topic.role !== "handler") this.#carried.set(hash128(`${topic.name}:${id}`), entry);
  }

  #parked({ name, maxAttempts, role }: OwnTopic, letter: OutgoingMessage, isSubscribed: boolean): void {
    const { properties = {}, payload } = letter;
    const entry = this.#entry(properties["originId"] ?? "?");
    const isHandled = role === "handler";
    const expected = {
      code: isHandled ? "ATTEMPTS_EXHAUSTED" : "MESSAGE_UNDECODABLE",
      attempts: isHandled ? `${maxAttempts}` : "1",
      originTopic: name,
    };
    const isBulky = entry.message.fate === "bulky";
    const isRight =
      isSubscribed &&
      Object.entries(expected).every(([property, value]) => properties[property] === value) &&
      (isHandled ? entry.failures >= maxAttempts : entry.message.fate !== "fine") &&
      isReference({ properties }) === isBulky &&
      (isBulky || payload === entry.payload);
    if (!isRight)
      this.breach(`parked ${entry.id} after ${entry.failures} failures: ${JSON.stringify(letter)}`);
    entry.isParked = true;
  }

  /** What a trigger makes of one message is the same one, but for the time of a signal. */
  #carry(payload: string): void {
    const message = JSON.parse(payload) as Message;
    const entry = this.#carried.get(message.id);
    if (entry === undefined) return;
    const value: unknown = JSON.parse(entry.payload);
    const got = message.kind === "start" ? message.args[0] : message.kind === "signal" && message.value;
    if (JSON.stringify(got) === JSON.stringify(value)) this.#ledger.allow(message);
    entry.isCarried = true;
  }
}

function lineName({ type }: OwnTopic, key: string, id: string): string {
  if (type === "shared") return id;
  return type === "failover" ? "topic" : key;
}
