import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import type { MemoryConsumer } from "../../lib/adapters/memory/memory-consumer.ts";
import { Bridge } from "../../lib/bridge/bridge.ts";
import type { Emit, InvocationReply, InvocationRequest } from "../../lib/core/protocol/invocation.ts";
import { Random } from "../../lib/core/values/random.ts";
import type { Broker, Consumer, ConsumerOptions, OutgoingMessage } from "../../lib/ports/broker.ts";
import type { FunctionInvoker, InvokeOutcome } from "../../lib/ports/function-invoker.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

const SOURCE = "workflow-engine:Source";
const SINK = "workflow-engine:Sink";

/** What may go wrong, and how often. */
export interface Faults {
  readonly seed: number;
  /** How many decisions may go wrong: from then on all goes well, so that every run ends. */
  readonly count: number;
  readonly bridges: number;
  readonly reconnects: boolean;
}

/**
 * Bridges on one broker, with a function that answers, fails, dies or is refused by chance, and a broker that
 * loses receipts. It notes every breach of I5 and I6 as it happens.
 */
export class FaultyWorld implements FunctionInvoker {
  readonly clock = new ManualClock();
  readonly broker = new MemoryBroker(this);
  readonly breaches: string[] = [];
  readonly bridges: readonly Bridge[];
  /** Payloads with a receipt, in order, without repetitions. */
  readonly receipts = new Set<string>();
  readonly acknowledged = new Set<string>();
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #running: Set<string>[] = [];
  readonly #consumers: MemoryConsumer[] = [];
  #decisions = 0;

  constructor(faults: Faults) {
    this.#faults = faults;
    this.#random = new Random(String(faults.seed));
    this.bridges = Array.from({ length: faults.bridges }, () => {
      const running = new Set<string>();
      this.#running.push(running);
      return new Bridge({
        broker: this.#lossy(),
        invoker: { invoke: (_, payload) => this.#invoke(payload, running) },
        clock: this.clock,
        random: () => this.#random.next(),
        options: {
          routes: [
            {
              topic: SOURCE,
              type: "key_shared",
              functionName: "source",
              timeoutMs: 1_000,
              batchSize: 5,
              maxConcurrency: 4,
              maxHeld: 20,
            },
          ],
        },
      });
    });
  }

  invoke(_functionName: string, payload: string): Promise<InvokeOutcome> {
    return this.#invoke(payload, new Set());
  }

  /** Sends messages `<key>:<n>`, and lets time pass until all are acknowledged. */
  async run(keys: readonly string[], messagesPerKey: number): Promise<void> {
    for (const bridge of this.bridges) await bridge.start();
    for (let n = 0; n < messagesPerKey; n += 1) {
      for (const key of keys) await this.broker.publish({ topic: SOURCE, key, payload: `${key}:${n}` });
    }
    const total = keys.length * messagesPerKey;
    for (let step = 0; this.acknowledged.size < total && step < 5_000; step += 1) {
      await this.clock.advance(100);
      if (this.#faults.reconnects && this.#goesWrong(0.2)) this.#pick(this.#consumers).reconnect();
    }
    const closed = this.bridges.map((bridge) => bridge.close());
    await this.clock.advance(200_000);
    await Promise.all(closed);
  }

  #goesWrong(share: number): boolean {
    this.#decisions += 1;
    return this.#random.next() < share && this.#decisions < this.#faults.count;
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random.next() * items.length)] as T;
  }

  async #invoke(payload: string, running: Set<string>): Promise<InvokeOutcome> {
    const request = JSON.parse(payload) as InvocationRequest;
    const keys = new Set(request.records.map(({ key = "" }) => key));
    for (const key of keys) {
      if (running.has(key)) this.breaches.push(`two invocations of ${key} at once`);
      running.add(key);
    }
    await this.clock.sleep(Math.floor(this.#random.next() * 50));
    for (const key of keys) running.delete(key);
    if (!this.#goesWrong(0.4)) return answered(this.#reply(request));
    return this.#pick<InvokeOutcome>([
      { kind: "died", errorType: "Error", message: "by chance" },
      { kind: "timed-out" },
      { kind: "throttled" },
      { kind: "unavailable", message: "by chance" },
      { kind: "answered", payload: "nonsense" },
    ]);
  }

  #reply({ records }: InvocationRequest): InvocationReply {
    const emits: Emit[] = [];
    const batchItemFailures = records
      .filter(() => this.#goesWrong(0.2))
      .map(({ id }) => ({ itemIdentifier: id }));
    for (const { id, payload, key = "" } of records) {
      for (const part of ["x", "y"])
        emits.push({ cause: id, topic: SINK, key, payload: `${payload}:${part}` });
    }
    return { emits, batchItemFailures };
  }

  #lossy(): Broker {
    const { broker } = this;
    return {
      publish: (message) => this.#publish(message),
      subscribe: async (options) => this.#observe(await broker.subscribe(options), options),
      ensureSubscription: (options) => broker.ensureSubscription(options),
      close: () => broker.close(),
    };
  }

  async #publish(message: OutgoingMessage): Promise<string> {
    if (this.#goesWrong(0.1)) throw new Error("not sent");
    const id = await this.broker.publish(message);
    await this.clock.sleep(Math.floor(this.#random.next() * 20));
    if (this.#goesWrong(0.1)) throw new Error("sent, but the receipt was lost");
    this.receipts.add(message.payload);
    return id;
  }

  #observe(consumer: MemoryConsumer, { topic }: ConsumerOptions): Consumer {
    if (topic !== SOURCE) return consumer;
    this.#consumers.push(consumer);
    return {
      receive: () => consumer.receive(),
      isCurrent: (message) => consumer.isCurrent(message),
      close: () => consumer.close(),
      acknowledge: (message) => {
        for (const part of ["x", "y"]) {
          const payload = `${message.payload}:${part}`;
          if (!this.receipts.has(payload))
            this.breaches.push(`acknowledged before the receipt of ${payload}`);
        }
        this.acknowledged.add(message.payload);
        consumer.acknowledge(message);
      },
    };
  }
}

function answered(reply: InvocationReply): InvokeOutcome {
  return { kind: "answered", payload: JSON.stringify(reply) };
}
