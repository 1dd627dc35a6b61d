import { hasReplied } from "../../lib/core/model/emits.ts";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { emitsOfEntry } from "../../lib/core/model/outbox.ts";
import type { Message } from "../../lib/core/protocol/messages.ts";
import { DELAYED_TOPIC } from "../../lib/core/protocol/topics.ts";
import { readItem, type StartedInstance } from "../../lib/instance/read-instance.ts";
import type { IncomingMessage, OutgoingMessage } from "../../lib/ports/broker.ts";
import type { InstanceKey, StateItem, StateStore } from "../../lib/ports/state-store.ts";

/** What one life of an instance has come to. */
export interface Past {
  readonly key: InstanceKey;
  readonly instance: StartedInstance;
}

/** One life of an instance, as last committed. */
export interface Life extends Past {
  /** Each record as JSON, to see that history only grows. */
  readonly records: readonly string[];
}

/**
 * Everything that truly happened at the broker and at the store, whatever processes believe, and what of it breaks an
 * invariant:
 *
 * - nothing is published that no commit has derived, or with another content (I3)
 * - a message is acknowledged only when all that it caused is stored by the broker (I5)
 * - history only grows: no commit undoes another
 * - nothing is published to a topic without a subscription, and nothing is parked
 */
export class Ledger {
  readonly breaches: string[] = [];
  /** By workflow, id and run. */
  readonly lives = new Map<string, Life>();
  /** Whatever was written, or would have been had it not lost: by workflow and id, oldest first. */
  readonly items = new Map<string, StateItem[]>();
  readonly acknowledgedCauses = new Set<string>();
  readonly onCommit: ((life: Life) => void)[] = [];
  readonly #derived = new Map<string, string>();
  readonly #remade = new Set<string>();
  readonly #caused = new Map<string, Set<string>>();
  readonly #stored = new Set<string>();
  readonly #arrived = new Set<string>();

  /** Notes a client's message, which no commit derives. */
  allow(message: Message): void {
    this.#derived.set(nameOf(message), JSON.stringify(message));
  }

  /** Notes a message that the API makes anew, with another instant, when a request is repeated. */
  allowAgain(message: Message): void {
    this.#remade.add(nameOf(message));
  }

  /** Notes a far wake-up that is in the due store. */
  allowText(payload: string): void {
    this.#derived.set(nameOf(JSON.parse(payload) as Message), payload);
  }

  tried(key: InstanceKey, item: StateItem): void {
    const name = instanceName(key);
    const items = this.items.get(name) ?? [];
    this.items.set(name, items);
    items.push(item);
  }

  async committed(store: StateStore, key: InstanceKey, item: StateItem): Promise<void> {
    const instance = await readItem(store, key, item);
    if (instance === undefined) return;
    const { run } = instance.state.key;
    const name = `${instanceName(key)} ${run}`;
    const life = { key, instance, records: instance.history.map((record) => JSON.stringify(record)) };
    const before = this.lives.get(name)?.records ?? [];
    const changed = before.findIndex((record, index) => record !== life.records[index]);
    if (changed >= 0)
      this.breaches.push(
        `history of ${name} lost record ${changed}: ${before[changed]}, has ${life.records[changed]}`,
      );
    this.lives.set(name, life);
    for (const entry of instance.outbox) {
      const causes = `${instanceName(key)} ${entry.cause}`;
      const caused = this.#caused.get(causes) ?? new Set();
      this.#caused.set(causes, caused);
      for (const { message } of emitsOfEntry(instance.state, instance.history, entry))
        caused.add(this.#derive(message));
    }
    for (const notice of this.onCommit) notice(life);
  }

  published({ topic, payload }: OutgoingMessage, isSubscribed: boolean): void {
    const message = JSON.parse(payload) as Message;
    const name = nameOf(message);
    if (!isSubscribed) this.breaches.push(`published ${name} to ${topic}, which nobody has subscribed`);
    if (topic.startsWith("dlq:")) this.breaches.push(`parked ${name} on ${topic}`);
    if (isAnswer(message) && !this.#derived.has(name)) this.#derived.set(name, payload);
    if (!isReply(message) && !this.#isDerived(message, payload))
      this.breaches.push(`published ${payload}, committed ${this.#derived.get(name)}`);
    this.#stored.add(name);
    if (topic !== DELAYED_TOPIC) this.#arrived.add(name);
  }

  /**
   * Called when a process acknowledges a message, whether or not the broker will hear of it.
   *
   * @param hasCopy the same message is in the broker once more, where it is not done yet: a wake-up delivered twice
   * may do something the second time, and whoever acknowledges the first one need not know
   */
  acknowledging({ topic, payload }: IncomingMessage, hasCopy: boolean): void {
    const message = JSON.parse(payload) as Message;
    const missing = this.#missingOf(topic, message);
    if (missing.length > 0 && !hasCopy)
      this.breaches.push(
        `acknowledged ${nameOf(message)} on ${topic} before ${missing.join(", ")} was stored`,
      );
  }

  acknowledged({ payload }: IncomingMessage): void {
    const message = JSON.parse(payload) as Message;
    if (message.kind !== "by-tag" && message.kind !== "execute-task")
      this.acknowledgedCauses.add(`${instanceName(message)} ${message.id}`);
  }

  /** The last life of an instance that was committed. */
  lifeOf({ workflow, workflowId }: InstanceKey, run: string): Life | undefined {
    return this.lives.get(`${workflow} ${workflowId} ${run}`);
  }

  /** I3: the same message whenever it is derived. */
  #derive(message: Message): string {
    const name = nameOf(message);
    const content = JSON.stringify(message);
    const before = this.#derived.get(name);
    if (before !== undefined && before !== content)
      this.breaches.push(`derived ${name} as ${content}, before as ${before}`);
    this.#derived.set(name, content);
    return name;
  }

  /** What is done by tag is sent on to each instance under the operation's own id. */
  #isDerived(message: Message, payload: string): boolean {
    const name = nameOf(message);
    if (this.#derived.get(name) === payload || this.#remade.has(name)) return true;
    const operation = this.#derived.get(`by-tag ${message.id}`);
    return operation !== undefined && "run" in message;
  }

  /** An attempt whose task has timed out before it was sent, or was retried by hand, is not sent any more. */
  #isSuperseded(effect: string): boolean {
    const message = JSON.parse(this.#derived.get(effect) ?? "null") as Message | null;
    if (message?.kind !== "execute-task") return false;
    const { caller, sequence, attempt } = message;
    const state = this.lifeOf(caller, caller.run)?.instance.state;
    return state !== undefined && hasReplied(state.command(caller.command), sequence, attempt);
  }

  #missingOf(topic: string, message: Message): readonly string[] {
    const name = nameOf(message);
    if (topic === DELAYED_TOPIC) return this.#arrived.has(name) ? [] : [name];
    if (message.kind === "by-tag") return [];
    if (message.kind !== "execute-task") {
      const caused = this.#caused.get(`${instanceName(message)} ${message.id}`) ?? [];
      return [...caused].filter((effect) => !this.#stored.has(effect) && !this.#isSuperseded(effect));
    }
    const replies = [
      `task-completed ${message.taskId}`,
      `attempt-failed ${message.id}`,
      `task-delegated ${message.id}`,
    ];
    return replies.some((reply) => this.#stored.has(reply)) ? [] : [`a reply to ${message.id}`];
  }
}

export function instanceName({ workflow, workflowId }: InstanceKey): string {
  return `${workflow} ${workflowId}`;
}

function nameOf({ kind, id }: Message): string {
  return `${kind} ${id}`;
}

function isReply({ kind }: Message): boolean {
  return kind === "task-completed" || kind === "attempt-failed" || kind === "task-delegated";
}

/** What stands in no outbox, and must be the same whenever it is made: how a call that changes nothing is answered. */
function isAnswer(message: Message): boolean {
  if (message.kind === "wake") return message.run === "early";
  return message.kind === "child-ended" && message.id.endsWith(":answered");
}

/** Records of one kind. */
export function recordsOf<K extends HistoryRecord["kind"]>(
  { instance }: Past,
  kind: K,
): readonly (HistoryRecord & { readonly kind: K })[] {
  return instance.history.filter((record) => record.kind === kind) as (HistoryRecord & {
    readonly kind: K;
  })[];
}
