import type * as pulsar from "pulsar-client";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import type { MemoryConsumer } from "../../lib/adapters/memory/memory-consumer.ts";
import type { PulsarClient } from "../../lib/adapters/pulsar-native/client.ts";
import type { IncomingMessage, SubscriptionType } from "../../lib/ports/broker.ts";

/** A call of the client: its name, and what it was given. */
export type Call = readonly [name: string, given?: unknown];

const TYPES: { readonly [type in pulsar.SubscriptionType]: SubscriptionType } = {
  Exclusive: "failover",
  Failover: "failover",
  KeyShared: "key_shared",
  Shared: "shared",
};
/** As long as the client waits before it reconnects. */
const RECONNECT_MS = 100;

/** Npm `pulsar-client`, typed by its own types, on the embedded broker. Records what it is called for. */
export class PulsarClientDouble {
  readonly calls: Call[] = [];
  readonly broker = new MemoryBroker();
  readonly consumers: ConsumerDouble[] = [];
  /** What partitioned topics consist of. */
  readonly partitions = new Map<string, string[]>();
  /** Called before a method does anything: throws what the client is to reject with. */
  onCall: (...call: Call) => void = () => undefined;

  get module(): PulsarClient {
    const double = this;
    class Client implements pulsar.Client {
      static setLogHandler(): void {}
      constructor(config: pulsar.ClientConfig) {
        double.note("new Client", config);
      }
      async createProducer(config: pulsar.ProducerConfig): Promise<pulsar.Producer> {
        double.note("createProducer", config);
        return new ProducerDouble(double, config.topic);
      }
      async subscribe(config: pulsar.ConsumerConfig): Promise<pulsar.Consumer> {
        double.note("subscribe", config);
        return double.subscribe(config);
      }
      async getPartitionsForTopic(topic: string): Promise<string[]> {
        double.note("getPartitionsForTopic", topic);
        return double.partitions.get(topic) ?? [topic];
      }
      async createReader(): Promise<pulsar.Reader> {
        throw unused();
      }
      async close(): Promise<null> {
        double.note("client.close");
        return null;
      }
    }
    class AuthenticationToken implements pulsar.AuthenticationToken {
      readonly params: object;
      constructor(params: ConstructorParameters<typeof pulsar.AuthenticationToken>[0]) {
        this.params = params;
      }
    }
    class AuthenticationOauth2 implements pulsar.AuthenticationOauth2 {
      readonly params: object;
      constructor(params: ConstructorParameters<typeof pulsar.AuthenticationOauth2>[0]) {
        this.params = params;
      }
    }
    const LogLevel = { DEBUG: 0, INFO: 1, WARN: 2, ERROR: 3 } as typeof pulsar.LogLevel;
    return { Client, AuthenticationToken, AuthenticationOauth2, LogLevel } satisfies PulsarClient;
  }

  /** The names of the calls, in order. */
  get names(): string[] {
    return this.calls.map(([name]) => name);
  }

  /** What a method was given, each time it was called. */
  given(name: string): unknown[] {
    return this.calls.filter(([called]) => called === name).map(([, given]) => given);
  }

  note(...call: Call): void {
    this.calls.push(call);
    this.onCall(...call);
  }

  async subscribe(config: pulsar.ConsumerConfig): Promise<ConsumerDouble> {
    const { topic = "", subscription, subscriptionType = "Exclusive", receiverQueueSize = 1_000 } = config;
    const consumer = await this.broker.subscribe({
      topic,
      subscription,
      type: TYPES[subscriptionType],
      prefetch: receiverQueueSize,
    });
    const double = new ConsumerDouble(this, consumer);
    this.consumers.push(double);
    return double;
  }
}

class ProducerDouble implements pulsar.Producer {
  readonly #double: PulsarClientDouble;
  readonly #topic: string;

  constructor(double: PulsarClientDouble, topic: string) {
    this.#double = double;
    this.#topic = topic;
  }

  async send(message: pulsar.ProducerMessage): Promise<pulsar.MessageId> {
    this.#double.note("send", message);
    const { data, partitionKey, properties, deliverAt } = message;
    const id = await this.#double.broker.publish({
      topic: this.#topic,
      payload: data.toString(),
      ...(partitionKey !== undefined && { key: partitionKey }),
      ...(properties !== undefined && { properties }),
      ...(deliverAt !== undefined && { deliverAt }),
    });
    return messageId(id);
  }

  async close(): Promise<null> {
    this.#double.note("producer.close");
    return null;
  }

  getTopic = (): string => this.#topic;
  getProducerName = (): string => "double";
  isConnected = (): boolean => true;
  flush = (): Promise<null> => Promise.reject(unused());
}

/** One consumer of the client. */
export class ConsumerDouble implements pulsar.Consumer {
  readonly #double: PulsarClientDouble;
  readonly #consumer: MemoryConsumer;
  readonly #brought = new Map<string, IncomingMessage>();
  #isConnected = true;

  constructor(double: PulsarClientDouble, consumer: MemoryConsumer) {
    this.#double = double;
    this.#consumer = consumer;
  }

  async receive(): Promise<pulsar.Message> {
    const message = await this.#consumer.receive();
    if (message === undefined) throw new Error("Failed to receive message: AlreadyClosed");
    this.#brought.set(message.id, message);
    return messageOf(message);
  }

  async acknowledgeId(id: pulsar.MessageId): Promise<null> {
    const position = id.serialize().toString();
    this.#double.note("acknowledgeId", position);
    const message = this.#brought.get(position);
    if (message) this.#consumer.acknowledge(message);
    return null;
  }

  isConnected(): boolean {
    return this.#isConnected;
  }

  async close(): Promise<null> {
    this.#double.note("consumer.close");
    this.#isConnected = false;
    await this.#consumer.close();
    return null;
  }

  /** Loses its connection, and gets another a moment later, as the client does by itself. */
  cut(): void {
    this.#isConnected = false;
    setTimeout(() => this.reconnect(), RECONNECT_MS);
  }

  /** Gets another connection, so fast that nobody sees it without one. */
  reconnect(): void {
    this.#consumer.reconnect();
    this.#isConnected = true;
  }

  /** Loses its connection for good. */
  lose(): void {
    this.#isConnected = false;
  }

  batchReceive = (): Promise<pulsar.Message[]> => Promise.reject(unused());
  acknowledge = (): Promise<null> => Promise.reject(unused());
  acknowledgeCumulative = (): Promise<null> => Promise.reject(unused());
  acknowledgeCumulativeId = (): Promise<null> => Promise.reject(unused());
  seek = (): Promise<null> => Promise.reject(unused());
  seekTimestamp = (): Promise<null> => Promise.reject(unused());
  unsubscribe = (): Promise<null> => Promise.reject(unused());
  negativeAcknowledge(): void {
    throw unused();
  }
  negativeAcknowledgeId(): void {
    throw unused();
  }
}

function messageOf({ id, topic, key, payload, properties, publishedAt }: IncomingMessage): pulsar.Message {
  return {
    getTopicName: () => topic,
    // The client gives an array with named properties.
    getProperties: () => Object.assign([], properties),
    getData: () => Buffer.from(payload),
    getMessageId: () => messageId(id),
    getPublishTimestamp: () => publishedAt,
    getEventTimestamp: () => 0,
    getRedeliveryCount: () => 0,
    getPartitionKey: () => key ?? "",
    getOrderingKey: () => "",
    getProducerName: () => "double",
    isReplicated: () => false,
    getReplicatedFrom: () => "",
    getEncryptionContext: () => null,
  };
}

function messageId(id: string): pulsar.MessageId {
  return { serialize: () => Buffer.from(id), toString: () => `(1,${id},-1,-1)` };
}

function unused(): Error {
  return new Error("expected a method that the adapter uses, got another");
}
