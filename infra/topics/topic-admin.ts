/** How long a namespace keeps messages. */
export interface Keeping {
  /** Seconds after which what nobody acknowledged is dropped; 0: never; undefined: the broker's own rule. */
  readonly ttlSeconds: number | undefined;
  /** Of what is acknowledged; -1: for ever; undefined: the broker's own rule. */
  readonly retention: { readonly minutes: number; readonly megabytes: number } | undefined;
}

/** What is asked of a cluster to manage the topics of one namespace. */
export interface TopicAdmin {
  /** The namespace, `tenant/name`. */
  readonly namespace: string;
  /** Undefined when there is no such namespace. */
  keeping(): Promise<Keeping | undefined>;
  hasTenant(): Promise<boolean>;
  createTenant(): Promise<void>;
  createNamespace(): Promise<void>;
  setTtl(seconds: number): Promise<void>;
  setRetention(retention: NonNullable<Keeping["retention"]>): Promise<void>;
  /** Partition counts by topic; 0: not partitioned. */
  topics(): Promise<ReadonlyMap<string, number>>;
  createTopic(topic: string, partitions: number): Promise<void>;
  addPartitions(topic: string, partitions: number): Promise<void>;
  subscriptions(topic: string): Promise<readonly string[]>;
  /** At the earliest position. */
  createSubscription(topic: string, subscription: string): Promise<void>;
}
