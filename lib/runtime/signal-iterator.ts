import { awaitGraph } from "./await-graph.ts";
import type { Receive } from "./receive.ts";
import { currentMethod } from "./scope.ts";

const DONE = { done: true, value: undefined } as const;

/**
 * The signals of a receive, one after the other, until its limit is reached.
 *
 * It is no generator: that would answer one request after the other, also those that nobody wants any more.
 */
export class SignalIterator<T> implements AsyncIterableIterator<T> {
  readonly #open: () => Receive<T>;
  #receive: Receive<T> | undefined;
  #isClosed = false;

  /** @param open gives the receive, when the first signal is asked for */
  constructor(open: () => Receive<T>) {
    this.#open = open;
  }

  next(): Promise<IteratorResult<T>> {
    const method = currentMethod("a loop over signals");
    this.#receive ??= this.#open();
    const receive = this.#receive;
    return awaitGraph.outcome((resolve, reject, demand) => {
      const give = (value: unknown, isRepeated: boolean): void =>
        resolve(isRepeated ? DONE : { done: false, value });
      if (this.#isClosed || receive.exhausted) resolve(DONE);
      else if (!method.isAbandoned) receive.subscribe(method, give, reject, demand);
    }) as Promise<IteratorResult<T>>;
  }

  async return(): Promise<IteratorResult<T>> {
    this.#isClosed = true;
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
