import { MemoryBroker } from "../adapters/memory/memory-broker.ts";
import { taskExecutorTopic, workflowEngineTopic, workflowTagsTopic } from "../core/protocol/topics.ts";
import { InfiniticError } from "../core/values/errors.ts";
import type { Broker } from "../ports/broker.ts";
import type { HealthIssue } from "../ports/health-issue.ts";

/** What a topic is of, by how its name begins. */
const KINDS = [
  { prefix: taskExecutorTopic(""), what: "service", how: "serviceOf" },
  { prefix: workflowEngineTopic(""), what: "workflow", how: "workflowOf" },
  { prefix: workflowTagsTopic(""), what: "workflow", how: "workflowOf" },
] as const;

/** Notices what is sent to services and workflows that nobody has registered: it waits for ever. */
export class Unregistered {
  /** Publishes as the real one does. */
  readonly broker: Broker;
  readonly #broker: Broker;
  readonly #isOwn: (topic: string) => boolean;
  readonly #onHealthIssue: (issue: HealthIssue) => void;
  /** What is missing, by topic. */
  readonly #missing = new Map<string, string>();

  constructor({
    broker,
    isOwn,
    onHealthIssue,
  }: {
    readonly broker: Broker;
    /** Whether a topic is of what is registered. */
    readonly isOwn: (topic: string) => boolean;
    readonly onHealthIssue: (issue: HealthIssue) => void;
  }) {
    this.#broker = broker;
    this.#isOwn = isOwn;
    this.#onHealthIssue = onHealthIssue;
    this.broker = {
      publish: (message) => {
        this.#look(message.topic);
        return broker.publish(message);
      },
      subscribe: (options) => broker.subscribe(options),
      ensureSubscription: (options) => broker.ensureSubscription(options),
      close: () => broker.close(),
    };
  }

  /** Why what is awaited may never come; undefined when all is there by now. */
  get error(): InfiniticError | undefined {
    const missing = [...this.#missing].filter(([topic]) => !this.#isTaken(topic));
    return missing.length > 0
      ? new InfiniticError("MISCONFIGURED", missing.map(([, message]) => message).join("; "))
      : undefined;
  }

  #look(topic: string): void {
    const kind = KINDS.find(({ prefix }) => topic.startsWith(prefix));
    if (!kind || this.#missing.has(topic) || this.#isTaken(topic)) return;
    const { prefix, what, how } = kind;
    const name = topic.slice(prefix.length);
    const message = `expected ${what} ${name} to be registered with ${how}, got a message that nobody takes`;
    this.#missing.set(topic, message);
    this.#onHealthIssue({ subject: `topic:${topic}`, message, attempts: 1 });
  }

  /** By this system or by another one on the same broker. */
  #isTaken(topic: string): boolean {
    return this.#isOwn(topic) || (this.#broker instanceof MemoryBroker && this.#broker.isConsumed(topic));
  }
}
