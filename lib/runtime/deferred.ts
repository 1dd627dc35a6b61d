import { InfiniticError } from "../core/values/errors.ts";
import { awaitGraph } from "./await-graph.ts";
import type { DeferredStatus, Source, Withdraw } from "./method-run.ts";
import { currentMethod } from "./scope.ts";

/** Subscribes to a Deferred without making it public API. */
export let subscribe: (deferred: Deferred<unknown>, ...listener: Parameters<Source["subscribe"]>) => Withdraw;

/**
 * What a call durably waits for. Awaiting it is a synchronous call, holding it an asynchronous one.
 *
 * It is a thenable, not a Promise: each `await` asks anew, so after a failed task was retried a second `await`
 * sees the new outcome. `Promise.all`, `race`, `any` and `allSettled` take it. It cannot be sent anywhere.
 *
 * @example
 * const cents = await this.shop.price(item); // synchronous
 * const payment = this.shop.charge(cents); // asynchronous
 * const reservation = await this.shop.reserve(item);
 * return `${reservation}, ${await payment}`;
 */
export class Deferred<T> implements PromiseLike<T> {
  readonly #source: Source;

  static {
    subscribe = (deferred, method, ...listener) =>
      method.isAbandoned ? () => {} : deferred.#source.subscribe(method, ...listener);
  }

  constructor(source: Source) {
    this.#source = source;
  }

  /** The command's id; for a task its task id, for a child the id of the instance. */
  get id(): string {
    return this.#source.id;
  }

  /** How it stands at this moment of history. */
  status(): DeferredStatus {
    return this.#source.status();
  }

  /**
   * Runs a task again that failed or timed out, with all its retries and the whole of its timeout; who awaits it from
   * now on gets the new outcome. Anything else it leaves as it is.
   *
   * @example
   * const forecast = newService(Forecasts).tomorrow(city);
   * try {
   *   return await forecast;
   * } catch {
   *   await timer("1h");
   *   forecast.retry();
   *   return await forecast;
   * }
   */
  retry(): void {
    const method = currentMethod("the retry of a task");
    if (!method.isAbandoned) this.#source.retry?.(method);
  }

  // biome-ignore lint/suspicious/noThenProperty: a Deferred is a thenable on purpose; see the class comment
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const method = currentMethod("an await");
    return awaitGraph.outcome(
      (resolve, reject, demand) => subscribe(this, method, resolve, reject, demand),
      (outcome) => (outcome as Promise<T>).then(onFulfilled, onRejected),
    );
  }

  /** Refuses to be sent: a Deferred means something only in the method that holds it. */
  toJSON(): never {
    throw new InfiniticError(
      "DEFERRED_NOT_SERIALIZABLE",
      `expected a JSON value, got the Deferred ${this.id}: await it first`,
    );
  }
}
