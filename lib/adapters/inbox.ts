import { Fifo } from "../core/values/fifo.ts";
import type { IncomingMessage } from "../ports/broker.ts";

/** What a consumer was brought and has not yet been asked for. */
export class Inbox {
  readonly #messages = new Fifo<IncomingMessage>();
  readonly #onTaken: () => void;
  #waiting: ((message: IncomingMessage | undefined) => void) | undefined;
  #closed = false;

  /** @param onTaken called whenever a message leaves through {@link receive}: there is room for one more */
  constructor(onTaken: () => void) {
    this.#onTaken = onTaken;
  }

  push(message: IncomingMessage): void {
    const waiting = this.#waiting;
    if (waiting === undefined) {
      this.#messages.push(message);
      return;
    }
    this.#waiting = undefined;
    waiting(message);
    this.#onTaken();
  }

  /** Resolves with the oldest message, or with undefined once closed. One call at a time. */
  receive(): Promise<IncomingMessage | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    const message = this.#messages.shift();
    if (message === undefined) return new Promise((resolve) => (this.#waiting = resolve));
    this.#onTaken();
    return Promise.resolve(message);
  }

  /** Forgets what a lost connection had brought. */
  clear(): void {
    this.#messages.drain();
  }

  close(): void {
    this.#closed = true;
    this.clear();
    this.#waiting?.(undefined);
    this.#waiting = undefined;
  }
}
