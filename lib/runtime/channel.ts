import { InfiniticError } from "../core/values/errors.ts";
import { checkKeys } from "../core/values/option-keys.ts";
import { show } from "../core/values/show.ts";
import { Deferred } from "./deferred.ts";
import type { MethodRun } from "./method-run.ts";
import { Receive, type Signal, type Wait } from "./receive.ts";
import { currentMethod, guardedScope, holds, runInScope } from "./scope.ts";
import { SignalIterator } from "./signal-iterator.ts";

export interface ReceiveOptions<T> {
  /** Takes only the signals for which it is true. Must depend on nothing but the signal and the fields. */
  readonly where?: (signal: T) => boolean;
  /** Signals taken in all; an await after the last one gives the last value again. Default: unlimited. */
  readonly limit?: number;
}

export interface ChannelOptions {
  /** What becomes of a signal that arrives while no receive is open. Default: it is kept in the queue. */
  readonly whenNotReceiving?: "buffer" | "discard";
}

/** One queue of signals of an instance; each signal goes to exactly one await. Made by {@link channel}. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #discards: boolean;
  readonly #queue: Signal<T>[] = [];
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<Wait<T>>();
  /** Discarding channels: receives that capture, in the order in which they were opened. */
  readonly #open = new Set<Receive<T>>();
  /** The field's name; given when the instance is built. */
  name = "";

  constructor(options: ChannelOptions) {
    if (holds("localOptionsAreChecked")) {
      checkKeys(options, ["whenNotReceiving"]);
      const { whenNotReceiving = "buffer" } = options;
      if (whenNotReceiving !== "buffer" && whenNotReceiving !== "discard")
        throw invalid('whenNotReceiving to be "buffer" or "discard"', whenNotReceiving);
    }
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
    if (holds("localOptionsAreChecked")) {
      checkKeys(options, ["where", "limit"]);
      if (typeof where !== "function") throw invalid("where to be a function", where);
    }
    if (!(limit >= 1))
      throw new InfiniticError("INVALID_OPTION", `expected a limit of at least 1, got ${show(limit)}`);
    const id = method.nextCommandId();
    const scope = { execution: method.execution, method, mode: "query" } as const;
    const filter = ({ seen }: Signal<T>): boolean => runInScope(scope, () => fits(where(seen)));
    const receive = new Receive<T>(id, this, method, limit, filter);
    method.execution.issue(method, {
      kind: "receive",
      id,
      channel: this.name,
      ...(limit !== Number.POSITIVE_INFINITY && { limit }),
    });
    if (this.#discards) this.#open.add(receive);
    return new Receiving(receive);
  }

  /** Receives every signal, one after the other, for ever. */
  [Symbol.asyncIterator](): AsyncIterator<T> {
    return signalsOf(() => this.receive());
  }

  /** Takes in a signal that has arrived. Engine only. */
  accept(signal: Signal<T>): void {
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

  /** Ends the receives of a canceled method: whoever awaits one of them gets this error. Engine only. */
  cancel(method: MethodRun, error: Error): void {
    for (const wait of this.#waiting) if (wait.receive.method === method) wait.refuse(error);
  }

  /** Takes the oldest signal that fits a receive. */
  takeFor(receive: Receive<T>): Signal<T> | undefined {
    const queue = this.#discards ? receive.captured : this.#queue;
    const at = queue.findIndex(receive.where);
    return at < 0 ? undefined : queue.splice(at, 1)[0];
  }

  hasFor(receive: Receive<T>): boolean {
    return (this.#discards ? receive.captured : this.#queue).some(receive.where);
  }

  enter(wait: Wait<T>): void {
    this.#waiting.add(wait);
  }

  leave(wait: Wait<T>): void {
    this.#waiting.delete(wait);
  }
}

/** A promise would be taken for true, whatever it gives. */
function fits(answer: unknown): boolean {
  if (answer instanceof Promise && holds("localOptionsAreChecked")) {
    throw invalid("a filter to give true or false", "a promise");
  }
  return Boolean(answer);
}

function invalid(expected: string, got: unknown): InfiniticError {
  return new InfiniticError("INVALID_OPTION", `expected ${expected}, got ${show(got)}`);
}

let receiveOf: <T>(receiving: Receiving<T>) => Receive<T>;

/** The Deferred of a receive: each `await` gives the next signal; `for await` ends when its limit is reached. */
export class Receiving<T> extends Deferred<T> implements AsyncIterable<T> {
  readonly #receive: Receive<T>;

  static {
    receiveOf = (receiving) => receiving.#receive;
  }

  constructor(receive: Receive<T>) {
    super(receive);
    this.#receive = receive;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return signalsOf(() => this);
  }
}

function signalsOf<T>(open: () => Receiving<T>): AsyncIterator<T> {
  return guardedScope()?.execution.follows("losersTakeNothing")
    ? new SignalIterator(() => receiveOf(open()))
    : signalsInTurn(open);
}

/** As older rules have it: each request waits for the one before, also when that has lost a race. */
async function* signalsInTurn<T>(open: () => Receiving<T>): AsyncIterator<T> {
  const receiving = open();
  while (!receiveOf(receiving).exhausted) yield await receiving;
}

/** Gives the channels of an instance by their names, which are those of its fields. */
export function channelsOf(instance: object): ReadonlyMap<string, Channel<unknown>> {
  const channels = new Map<string, Channel<unknown>>();
  for (const [name, field] of Object.entries(instance)) {
    if (!(field instanceof Channel)) continue;
    field.name = name;
    channels.set(name, field);
  }
  return channels;
}
