import { InfiniticError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { Deferred, type DeferredStatus, type Source, type Withdraw } from "./deferred.ts";
import { copyJson } from "./json-copy.ts";
import type { MethodRun } from "./method-run.ts";
import { currentMethod, runInScope } from "./scope.ts";

export interface ReceiveOptions<T> {
  /** Takes only the signals for which it is true. Must depend on nothing but the signal and the fields. */
  readonly where?: (signal: T) => boolean;
  /** Signals taken in all; an await after the last one gives the last value again. Unlimited unless told. */
  readonly limit?: number;
}

export interface ChannelOptions {
  /** What becomes of a signal that arrives while no receive is open: kept in the queue unless told. */
  readonly whenNotReceiving?: "buffer" | "discard";
}

/** One queue of signals of an instance; each signal goes to exactly one await. Made by {@link channel}. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #discards: boolean;
  readonly #queue: T[] = [];
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<Wait<T>>();
  /** Discarding channels: receives that capture, in the order in which they were opened. */
  readonly #open = new Set<Receive<T>>();
  /** The field's name; given when the instance is built. */
  name = "";

  constructor(options: ChannelOptions) {
    this.#discards = options.whenNotReceiving === "discard";
  }

  /**
   * Opens a receive: each `await` of it takes the oldest signal that fits, or waits for one.
   *
   * @example
   * const answer = await Promise.race([this.approved.receive(), timer("8h")]);
   */
  receive<S extends T>(options: {
    readonly where: (signal: T) => signal is S;
    readonly limit?: number;
  }): Receiving<S>;
  receive(options?: ReceiveOptions<T>): Receiving<T>;
  receive(options: ReceiveOptions<T> = {}): Receiving<T> {
    const method = currentMethod(`a receive on channel ${this.name}`);
    const { limit = Number.POSITIVE_INFINITY, where = () => true } = options;
    if (!(limit >= 1))
      throw new InfiniticError("INVALID_OPTION", `expected a limit of at least 1, got ${limit}`);
    const id = method.nextCommandId();
    const scope = { execution: method.execution, method, mode: "query" } as const;
    const filter = (signal: T): boolean => runInScope(scope, () => where(signal));
    const receive = new Receive<T>(id, this, method, limit, filter);
    method.execution.issue(method, {
      kind: "receive",
      id,
      channel: this.name,
      ...(Number.isFinite(limit) && { limit }),
    });
    if (this.#discards) this.#open.add(receive);
    return new Receiving(receive);
  }

  /** Receives every signal, one after the other, for ever. */
  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    yield* this.receive();
  }

  /** Takes in a signal that has arrived. Engine only. */
  accept(value: Json | undefined): void {
    const signal = value as T;
    for (const wait of this.#waiting) {
      try {
        if (!wait.receive.where(signal)) continue;
      } catch (error) {
        wait.refuse(error);
        continue;
      }
      wait.take(signal);
      return;
    }
    if (!this.#discards) {
      this.#queue.push(signal);
      return;
    }
    for (const receive of this.#open) {
      if (receive.method.ended || !receive.wants(signal)) continue;
      receive.captured.push(signal);
      return;
    }
  }

  /** Takes the oldest signal that fits a receive. */
  takeFor(receive: Receive<T>): { readonly signal: T } | undefined {
    const queue = this.#discards ? receive.captured : this.#queue;
    const at = queue.findIndex(receive.where);
    return at < 0 ? undefined : { signal: queue.splice(at, 1)[0] as T };
  }

  hasFor(receive: Receive<T>): boolean {
    return (this.#discards ? receive.captured : this.#queue).some(receive.where);
  }

  wait(wait: Wait<T>): Withdraw {
    this.#waiting.add(wait);
    return () => this.#waiting.delete(wait);
  }
}

interface Wait<T> {
  readonly receive: Receive<T>;
  readonly take: (signal: T) => void;
  /** Its filter failed. */
  readonly refuse: (error: unknown) => void;
}

class Receive<T> implements Source {
  readonly id: string;
  readonly method: MethodRun;
  readonly where: (signal: T) => boolean;
  readonly captured: T[] = [];
  readonly #channel: Channel<T>;
  readonly #limit: number;
  #taken = 0;
  #last: T | undefined;

  constructor(
    id: string,
    channel: Channel<T>,
    method: MethodRun,
    limit: number,
    where: (signal: T) => boolean,
  ) {
    this.id = id;
    this.method = method;
    this.where = where;
    this.#channel = channel;
    this.#limit = limit;
  }

  get exhausted(): boolean {
    return this.#taken >= this.#limit;
  }

  wants(signal: T): boolean {
    if (this.#taken + this.captured.length >= this.#limit) return false;
    try {
      return this.where(signal);
    } catch {
      return true; // the await that is to take it throws this error
    }
  }

  status(): DeferredStatus {
    return this.exhausted || this.#channel.hasFor(this) ? "completed" : "pending";
  }

  subscribe(
    method: MethodRun,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): Withdraw {
    const take = (signal: T): void => {
      this.#taken++;
      this.#last = signal;
      resolve(copyJson(signal as Json));
    };
    if (this.exhausted) {
      resolve(copyJson(this.#last as Json));
      return () => {};
    }
    const found = this.#channel.takeFor(this);
    if (found) {
      take(found.signal);
      return () => {};
    }
    const wait: Wait<T> = {
      receive: this,
      take: (signal) => {
        withdraw();
        take(signal);
      },
      refuse: (error) => {
        withdraw();
        reject(error);
      },
    };
    const leave = this.#channel.wait(wait);
    const withdraw = (): void => {
      leave();
      method.waits.delete(withdraw);
    };
    method.waits.add(withdraw);
    return withdraw;
  }
}

/** The Deferred of a receive: each `await` gives the next signal; `for await` ends when its limit is reached. */
export class Receiving<T> extends Deferred<T> implements AsyncIterable<T> {
  readonly #receive: Receive<T>;

  constructor(receive: Receive<T>) {
    super(receive as Source);
    this.#receive = receive;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    while (!this.#receive.exhausted) yield await this;
  }
}

/**
 * Makes a channel: a field of the workflow's class, named by the field.
 *
 * @example
 * readonly approved = channel<boolean>();
 */
export function channel<T>(options: ChannelOptions = {}): Channel<T> {
  return new Channel<T>(options);
}
