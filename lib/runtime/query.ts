import type { Json } from "../core/values/json.ts";

/** A function that reads the fields of an instance; answered without a message, a write or an event. */
export class Query<F extends (...args: never[]) => unknown> {
  readonly read: F;

  constructor(read: F) {
    this.read = read;
  }

  /** Calls the function. Engine only. */
  answer(args: readonly Json[]): unknown {
    // The arguments come from outside: their types are the interface's promise.
    return this.read(...(args as unknown as Parameters<F>));
  }
}
