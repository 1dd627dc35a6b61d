import type { Emit, KeyContext, KeyReply, Parked } from "../../core/protocol/invocation.ts";
import type { IncomingMessage } from "../../ports/broker.ts";
import type { Hints } from "../delivery/hints.ts";
import type { BridgeMetrics } from "../metrics.ts";
import type { CheckedOptions, Route } from "../options.ts";
import type { KeyQueue } from "../queues/key-queue.ts";
import type { KeyQueues } from "../queues/key-queues.ts";
import { ENVELOPE_BYTES, type RequestBuilder, type RequestMode, RequestText } from "./request.ts";
import { StreamEventText } from "./stream-request.ts";

/** One key's part of an invocation, and what the reply said of it. */
export interface KeyBatch {
  readonly queue: KeyQueue;
  readonly messages: readonly IncomingMessage[];
  /** What the function was told of the key. */
  readonly sent: KeyContext | undefined;
  /** How many messages, from the first, were processed. */
  done: number;
  failure: string | undefined;
  readonly emits: Emit[];
  readonly parked: Parked[];
  reply: KeyReply | undefined;
}

/** The messages of one invocation. */
export interface Batch {
  readonly keyBatches: readonly KeyBatch[];
  readonly count: number;
  /** Whether its messages had to have an invocation of their own. */
  readonly isAlone: boolean;
  readonly request: string;
  readonly mode: RequestMode;
}

/** Groups ready keys into invocations, each key's messages a contiguous run, in order (I6). */
export class Batcher {
  readonly #route: Route;
  readonly #options: Pick<CheckedOptions, "requestBytes" | "maxDeaths">;
  readonly #queues: KeyQueues;
  readonly #hints: Hints;
  readonly #metrics: BridgeMetrics;

  constructor(options: {
    readonly route: Route;
    readonly options: Pick<CheckedOptions, "requestBytes" | "maxDeaths">;
    readonly queues: KeyQueues;
    readonly hints: Hints;
    readonly metrics: BridgeMetrics;
  }) {
    this.#route = options.route;
    this.#options = options.options;
    this.#queues = options.queues;
    this.#hints = options.hints;
    this.#metrics = options.metrics;
  }

  /** Whether what is ready to share an invocation exceeds what one may have, encoded. */
  get isFullOfBytes(): boolean {
    return ENVELOPE_BYTES + this.#queues.readyOfMany.bytes > this.#route.batchBytes;
  }

  /** Takes the next invocation's messages from the ready queues. */
  next(): Batch | undefined {
    return this.#batchFrom(this.#queues.next());
  }

  /** Takes the messages of the next ready queue that has an invocation of its own. */
  nextAlone(): Batch | undefined {
    return this.#batchFrom(this.#queues.nextAlone());
  }

  #batchFrom(first: KeyQueue | undefined): Batch | undefined {
    if (first === undefined) return undefined;
    const text = this.#route.handler === "stream" ? new StreamEventText() : new RequestText();
    const { isAlone } = first;
    const taken: { queue: KeyQueue; messages: readonly IncomingMessage[] }[] = [];
    let count = 0;
    for (let queue: KeyQueue | undefined = first; queue !== undefined; ) {
      const messages = this.#take(queue, text, this.#route.batchSize - count);
      if (messages.length === 0) {
        this.#queues.putBack(queue);
        break;
      }
      taken.push({ queue, messages });
      count += messages.length;
      queue = isAlone || count >= this.#route.batchSize ? undefined : this.#queues.nextOfMany();
    }
    const runs = taken.map((one) => this.#newRun(one, text));
    const mode = this.#mode(runs);
    return { keyBatches: runs, count, isAlone, request: text.toString(mode), mode };
  }

  #take(queue: KeyQueue, text: RequestBuilder, limit: number): readonly IncomingMessage[] {
    const maxBytes = queue.resume === undefined ? this.#route.batchBytes : Number.POSITIVE_INFINITY;
    const wanted = queue.head(limit);
    let fitting = 0;
    while (fitting < wanted && text.addRecord(queue.messages[fitting] as IncomingMessage, maxBytes))
      fitting += 1;
    return fitting === 0 ? [] : this.#queues.take(queue, fitting);
  }

  #newRun(taken: Pick<KeyBatch, "queue" | "messages">, text: RequestBuilder): KeyBatch {
    const { queue, messages } = taken;
    const sent = queue.key === undefined ? undefined : this.#addContext(queue.key, queue, text);
    if (queue.key !== undefined) this.#metrics.hint(sent?.hint === undefined ? "miss" : "hit");
    return {
      queue,
      messages,
      sent,
      done: messages.length,
      failure: undefined,
      emits: [],
      parked: [],
      reply: undefined,
    };
  }

  /** Tells what is known of the key, as far as there is room: `resume` always. */
  #addContext(key: string, queue: KeyQueue, text: RequestBuilder): KeyContext | undefined {
    const resume = queue.resume === undefined ? {} : { resume: queue.resume.text };
    const known = queue.withoutHint ? {} : (this.#hints.get(this.#route.topic, key) ?? {});
    const context = { ...known, ...resume };
    if (Object.keys(context).length === 0) return undefined;
    if (text.addKey(key, context, this.#options.requestBytes)) return context;
    if (queue.resume === undefined) return undefined;
    text.addKey(key, resume, Number.POSITIVE_INFINITY);
    return resume;
  }

  #mode(runs: readonly KeyBatch[]): RequestMode {
    const isSafe = (runs[0]?.queue.deaths ?? 0) < this.#options.maxDeaths;
    if (isSafe || this.#route.handler === "stream") return "run";
    return this.#route.type === "key_shared" ? "do-not-run" : "died";
  }
}
