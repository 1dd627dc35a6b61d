import type { Demand } from "./demand.ts";
import type { DeferredStatus, MethodRun, Source, Withdraw } from "./method-run.ts";

/** A signal that has arrived. */
export class Signal<T> {
  readonly #make: () => T;
  #seen: { readonly value: T } | undefined;

  /**
   * @param make makes its value, a new one each time: code that changes it changes nothing else
   * @param seen what filters look at. Default: made when the first one looks
   */
  constructor(make: () => T, seen?: T) {
    this.#make = make;
    if (seen !== undefined) this.#seen = { value: seen };
  }

  make(): T {
    return this.#make();
  }

  /** The value that filters look at. */
  get seen(): T {
    this.#seen ??= { value: this.#make() };
    return this.#seen.value;
  }
}

/** What a receive needs of its channel. */
interface Queue<T> {
  takeFor(receive: Receive<T>): Signal<T> | undefined;
  hasFor(receive: Receive<T>): boolean;
  enter(wait: Wait<T>): void;
  leave(wait: Wait<T>): void;
}

/** A receive, which is a command of the history: each await of it takes a signal, up to its limit. */
export class Receive<T> implements Source {
  readonly id: string;
  readonly method: MethodRun;
  readonly where: (signal: Signal<T>) => boolean;
  readonly captured: Signal<T>[] = [];
  readonly #queue: Queue<T>;
  readonly #limit: number;
  /** In the order in which they began to wait. */
  readonly #waits = new Set<Wait<T>>();
  #taken = 0;
  #last: Signal<T> | undefined;

  constructor(
    id: string,
    queue: Queue<T>,
    method: MethodRun,
    limit: number,
    where: (signal: Signal<T>) => boolean,
  ) {
    this.id = id;
    this.method = method;
    this.where = where;
    this.#queue = queue;
    this.#limit = limit;
  }

  get exhausted(): boolean {
    return this.#taken >= this.#limit;
  }

  wants(signal: Signal<T>): boolean {
    if (this.#taken + this.captured.length >= this.#limit) return false;
    try {
      return this.where(signal);
    } catch {
      return true; // the await that is to take it throws this error
    }
  }

  status(): DeferredStatus {
    if (this.method.canceled) return "canceled";
    return this.exhausted || this.#queue.hasFor(this) ? "completed" : "pending";
  }

  subscribe(
    method: MethodRun,
    resolve: (value: unknown, isRepeated: boolean) => void,
    reject: (error: unknown) => void,
    demand?: Demand,
  ): Withdraw {
    const wait = new Wait<T>(this, method, resolve, reject);
    if (demand) demand.onChange = (isWanted) => this.#follow(wait, isWanted, demand);
    if (demand?.isWanted ?? true) this.begin(wait);
    return wait.withdraw;
  }

  /** Goes on waiting when it is wanted again: once the code has done what it is about to do. */
  #follow(wait: Wait<T>, isWanted: boolean, demand: Demand): void {
    if (!isWanted) this.end(wait);
    else
      queueMicrotask(() => {
        if (!demand.isWanted || wait.isOver || this.#waits.has(wait)) return;
        try {
          this.begin(wait);
        } catch (error) {
          wait.refuse(error);
        }
      });
  }

  /** Gives an await its signal, if there is one, or lets it wait. */
  begin(wait: Wait<T>): void {
    const { canceled } = this.method;
    if (canceled) return wait.refuse(canceled);
    if (this.exhausted && this.#last) return wait.give(this.#last, { isRepeated: true });
    const found = this.#queue.takeFor(this);
    if (found) return this.take(wait, found);
    this.#waits.add(wait);
    this.#queue.enter(wait);
    wait.method.waits.add(wait.withdraw);
  }

  end(wait: Wait<T>): void {
    this.#waits.delete(wait);
    this.#queue.leave(wait);
    wait.method.waits.delete(wait.withdraw);
  }

  take(wait: Wait<T>, signal: Signal<T>): void {
    this.end(wait);
    this.#taken++;
    this.#last = signal;
    wait.give(signal);
    if (!this.exhausted || !this.method.execution.follows("awaitsRepeatLastSignal")) return;
    for (const other of this.#waits) {
      this.end(other);
      other.give(signal, { isRepeated: true });
    }
  }
}

/** One await of a receive. */
export class Wait<T> {
  readonly receive: Receive<T>;
  readonly method: MethodRun;
  /** It has its outcome, or wants none any more. */
  isOver = false;
  readonly #resolve: (value: T, isRepeated: boolean) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    receive: Receive<T>,
    method: MethodRun,
    resolve: (value: unknown, isRepeated: boolean) => void,
    reject: (error: unknown) => void,
  ) {
    this.receive = receive;
    this.method = method;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  readonly withdraw: Withdraw = () => {
    this.isOver = true;
    this.receive.end(this);
  };

  take(signal: Signal<T>): void {
    this.receive.take(this, signal);
  }

  /** Its filter failed, or its receive was dropped. */
  refuse(error: unknown): void {
    this.withdraw();
    this.#reject(error);
  }

  give(signal: Signal<T>, { isRepeated = false } = {}): void {
    this.isOver = true;
    try {
      this.#resolve(signal.make(), isRepeated);
    } catch (error) {
      this.#reject(error);
    }
  }
}
