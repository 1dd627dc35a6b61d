import { emitsOfEntry } from "../../lib/core/model/outbox.ts";
import type { ExecuteTaskMessage, InstanceMessage, Message } from "../../lib/core/protocol/messages.ts";
import { readItem } from "../../lib/instance/read-instance.ts";
import type { Broker, Consumer, IncomingMessage, OutgoingMessage } from "../../lib/ports/broker.ts";
import type { DueStore } from "../../lib/ports/due-store.ts";
import type { InstanceKey, StateItem, StateStore } from "../../lib/ports/state-store.ts";

/** Everything that truly happened at the broker and the store, and what of it breaks an invariant. */
export class Ledger {
  /** Breaches of I3 and I5, as they happened. */
  readonly breaches: string[] = [];
  /** Every committed item of an instance, oldest first. */
  readonly items = new Map<string, { readonly key: InstanceKey; readonly items: StateItem[] }>();
  readonly published: OutgoingMessage[] = [];
  commits = 0;
  writeUnits = 0;
  readUnits = 0;
  duePuts = 0;
  /** Counts every call, so that a test can tell when nothing moves any more. */
  activity = 0;
  /** Most entries that an outbox held in a committed item. */
  longestOutbox = 0;
  /** Content by `<kind> <id>`, of whatever a committed state has derived. */
  readonly #derived = new Map<string, string>();
  /** Names of what a message caused, by its instance and its id. */
  readonly #caused = new Map<string, Set<string>>();
  readonly #receipts = new Set<string>();
  /** Messages in a topic, and by subscription those that are done. */
  readonly #sent = new Map<string, number>();
  readonly #done = new Map<string, { readonly topic: string; readonly ids: Set<string> }>();
  #watchers: (() => void)[] = [];

  /** Resolves once the condition holds; it is looked at after everything that happens. */
  async when(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  /** True when every message of every topic is acknowledged by each subscription. */
  get isQuiet(): boolean {
    return [...this.#done.values()].every(({ topic, ids }) => ids.size >= (this.#sent.get(topic) ?? 0));
  }

  /** The last committed item. */
  latest({ workflow, workflowId }: InstanceKey): StateItem | undefined {
    return this.items.get(`${workflow} ${workflowId}`)?.items.at(-1);
  }

  observeStateStore(store: StateStore): StateStore {
    return {
      load: async (key) => {
        const loaded = await store.load(key);
        this.readUnits += loaded.readUnits;
        if (loaded.item) await this.#derivedFrom(store, key, loaded.item);
        return loaded;
      },
      commit: async (key, next, expected) => {
        const result = await store.commit(key, next, expected);
        this.writeUnits += result.writeUnits;
        if (result.committed) await this.#committed(store, key, next);
        else if (result.current) await this.#derivedFrom(store, key, result.current);
        this.#note();
        return result;
      },
      putChunk: async (key, chunk) => {
        const consumed = await store.putChunk(key, chunk);
        this.writeUnits += consumed.writeUnits;
        return consumed;
      },
      loadChunks: async (key, run) => {
        const loaded = await store.loadChunks(key, run);
        this.readUnits += loaded.readUnits;
        return loaded;
      },
      deleteRun: async (key, run) => {
        const consumed = await store.deleteRun(key, run);
        this.readUnits += consumed.readUnits;
        this.writeUnits += consumed.writeUnits;
        return consumed;
      },
    };
  }

  observeDueStore(store: DueStore): DueStore {
    return {
      put: async (item) => {
        this.duePuts += 1;
        const message = JSON.parse(item.payload) as Message;
        this.#derive(message, item.payload);
        return store.put(item);
      },
      read: (minute, limit) => store.read(minute, limit),
      remove: (items) => store.remove(items),
      loadCursor: () => store.loadCursor(),
      moveCursor: (previous, next) => store.moveCursor(previous, next),
    };
  }

  observeBroker(broker: Broker): Broker {
    return {
      publish: (message) => this.#publish(broker, message),
      ensureSubscription: (options) => broker.ensureSubscription(options),
      close: () => broker.close(),
      subscribe: async (options) => {
        const consumer = await broker.subscribe(options);
        const { topic, subscription } = options;
        const name = `${subscription} ${topic}`;
        const done = this.#done.get(name) ?? { topic, ids: new Set() };
        this.#done.set(name, done);
        return this.#observeConsumer(consumer, done.ids);
      },
    };
  }

  /** Notes a client's message, which no committed state derives. */
  allow({ payload }: OutgoingMessage): void {
    const { kind, id } = JSON.parse(payload) as Message;
    this.#derived.set(`${kind} ${id}`, payload);
  }

  async #committed(store: StateStore, key: InstanceKey, item: StateItem): Promise<void> {
    this.commits += 1;
    const name = `${key.workflow} ${key.workflowId}`;
    const life = this.items.get(name) ?? { key, items: [] };
    this.items.set(name, life);
    life.items.push(item);
    await this.#derivedFrom(store, key, item);
  }

  /** Notes what a committed item has to send; whoever reads it may know before its writer does. */
  async #derivedFrom(store: StateStore, key: InstanceKey, item: StateItem): Promise<void> {
    const instance = await readItem(store, key, item);
    if (instance === undefined) return;
    this.longestOutbox = Math.max(this.longestOutbox, instance.outbox.length);
    for (const entry of instance.outbox) {
      const causes = `${key.workflow} ${key.workflowId} ${entry.cause}`;
      const caused = this.#caused.get(causes) ?? new Set();
      this.#caused.set(causes, caused);
      for (const { message } of emitsOfEntry(instance.state, instance.history, entry))
        caused.add(this.#derive(message, JSON.stringify(message)));
    }
  }

  /** I3: the same message whenever it is derived. */
  #derive(message: Message, content: string): string {
    const name = `${message.kind} ${message.id}`;
    const before = this.#derived.get(name);
    if (before !== undefined && before !== content)
      this.breaches.push(`derived ${name} as ${content}, before as ${before}`);
    this.#derived.set(name, content);
    return name;
  }

  async #publish(broker: Broker, message: OutgoingMessage): Promise<string> {
    const { kind, id } = JSON.parse(message.payload) as Message;
    const name = `${kind} ${id}`;
    const isReply = kind === "task-completed" || kind === "attempt-failed";
    if (!isReply && this.#derived.get(name) !== message.payload)
      this.breaches.push(`published ${message.payload}, committed ${this.#derived.get(name)}`);
    this.activity += 1;
    this.#count(message.topic, 1);
    const receipt = await broker.publish(message).catch((error: unknown) => {
      this.#count(message.topic, -1);
      throw error;
    });
    this.#receipts.add(name);
    this.published.push(message);
    this.#note();
    return receipt;
  }

  #observeConsumer(consumer: Consumer, done: Set<string>): Consumer {
    return {
      receive: async () => {
        const message = await consumer.receive();
        this.activity += 1;
        return message;
      },
      isCurrent: (message) => consumer.isCurrent(message),
      close: () => consumer.close(),
      acknowledge: (message) => {
        if (!consumer.isCurrent(message)) return;
        this.#acknowledged(message);
        done.add(message.id);
        consumer.acknowledge(message);
        this.#note();
      },
    };
  }

  /** I5: an acknowledgement comes after the receipts of all that its message caused. */
  #acknowledged({ topic, payload, properties }: IncomingMessage): void {
    const message = JSON.parse(payload) as Message;
    const missing = [...this.#effectsOf(message, properties)].filter((name) => !this.#receipts.has(name));
    if (missing.length > 0)
      this.breaches.push(`acknowledged ${message.id} on ${topic} without receipts of ${missing.join(", ")}`);
  }

  #effectsOf(message: Message, properties: IncomingMessage["properties"]): Iterable<string> {
    if (properties["deliverAt"] !== undefined) return [];
    if (message.kind === "by-tag") return [];
    if (message.kind !== "execute-task") {
      const { workflow, workflowId, id } = message satisfies InstanceMessage;
      return this.#caused.get(`${workflow} ${workflowId} ${id}`) ?? [];
    }
    const { taskId, id } = message satisfies ExecuteTaskMessage;
    const completed = `task-completed ${taskId}`;
    return [this.#receipts.has(completed) ? completed : `attempt-failed ${id}`];
  }

  #count(topic: string, messages: number): void {
    this.#sent.set(topic, (this.#sent.get(topic) ?? 0) + messages);
  }

  #note(): void {
    this.activity += 1;
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}
