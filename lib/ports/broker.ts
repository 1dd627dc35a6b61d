import type { HealthIssue } from "./health-issue.ts";

/** How messages of a topic are shared among its consumers; with `failover` all go to one, in order. */
export type SubscriptionType = "key_shared" | "shared" | "failover";

export interface OutgoingMessage {
  readonly topic: string;
  readonly key?: string;
  /** Text; at most 700 KB in UTF-8, and at most 1 MiB in JSON, as base64, with key and properties. */
  readonly payload: string;
  readonly properties?: { readonly [name: string]: string };
  /** Epoch milliseconds; only for topics with shared subscriptions. */
  readonly deliverAt?: number;
}

export interface IncomingMessage {
  /** The broker's message id: unique in a topic, the same when the message is delivered again. */
  readonly id: string;
  readonly topic: string;
  readonly key?: string;
  readonly payload: string;
  readonly properties: { readonly [name: string]: string };
  /** Epoch milliseconds, as stamped by the producer's client. */
  readonly publishedAt: number;
}

export interface SubscriptionOptions {
  readonly topic: string;
  readonly subscription: string;
  readonly type: SubscriptionType;
}

export interface ConsumerOptions extends SubscriptionOptions {
  /** Most messages held unreceived on this side: the bound on what one consumer hoards. */
  readonly prefetch: number;
}

/**
 * One consumer of a durable subscription.
 *
 * Guaranteed: within a key, messages arrive in publish order and to one consumer at a time; a message that
 * was not acknowledged arrives again once its consumer closed or lost its connection, before later messages of
 * its key. Not guaranteed: that a message arrives once, or that an acknowledgement reached the broker.
 */
export interface Consumer {
  /** Resolves with the next message, or with undefined once the consumer is closed. One call at a time. */
  receive(): Promise<IncomingMessage | undefined>;
  /** Tells the broker that the message is done. Without effect when {@link isCurrent} is false. */
  acknowledge(message: IncomingMessage): void;
  /** False once the connection that brought the message is gone: it will be delivered again, perhaps elsewhere. */
  isCurrent(message: IncomingMessage): boolean;
  /** Stops receiving, flushes acknowledgements and hands unacknowledged messages over, in order. */
  close(): Promise<void>;
}

/**
 * A message log with durable subscriptions.
 *
 * Connections are opened lazily, kept alive and reopened by themselves, with backoff, for ever; while the
 * broker is away, calls wait.
 */
export interface Broker {
  /** What keeps connections from being open, while they are being tried again; absent where that is not known. */
  readonly healthIssues?: readonly HealthIssue[];
  /**
   * Resolves with the broker's message id once the broker has the message. A rejection leaves open whether it has.
   * Two publishes to one topic are stored in the order in which they were called, unless one fails.
   *
   * @throws InfiniticError `MESSAGE_TOO_LARGE` when the payload, or it with key and properties, exceeds what the broker takes;
   *   nothing was sent.
   */
  publish(message: OutgoingMessage): Promise<string>;
  /** Opens a consumer, creating the subscription at the earliest position where it is missing. */
  subscribe(options: ConsumerOptions): Promise<Consumer>;
  /** Creates the durable subscription, at the earliest position, unless it is there. */
  ensureSubscription(options: SubscriptionOptions): Promise<void>;
  /** Closes all consumers and connections; pending calls reject or resolve with undefined. */
  close(): Promise<void>;
}
