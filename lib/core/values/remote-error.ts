import type { JsonObject } from "./json.ts";

/** What an error is rebuilt from: the part of a failure that is its own. */
interface ThrownElsewhere {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly properties?: JsonObject;
}

/** An error that was thrown elsewhere: its name, message, own properties and causes, rebuilt from data. */
export class RemoteError extends Error {
  readonly properties: JsonObject;
  /** What it is made of, if it is an AggregateError: the reasons of a `Promise.any`. */
  readonly errors?: readonly Error[];

  constructor(
    { name, message, stack, properties }: ThrownElsewhere,
    options?: ErrorOptions & { readonly errors?: readonly Error[] },
  ) {
    super(message, options);
    this.name = name;
    this.properties = properties ?? {};
    if (options?.errors) this.errors = options.errors;
    // Where it is rebuilt says nothing of where it was thrown.
    this.stack = stack ?? `${this}`;
  }
}
