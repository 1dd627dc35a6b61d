import type { Failure } from "./failure.ts";
import type { JsonObject } from "./json.ts";

/** An error that was thrown elsewhere: its name, message, own properties and causes, rebuilt from data. */
export class RemoteError extends Error {
  readonly properties: JsonObject;

  constructor({ name, message, stack, properties }: Failure, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
    this.properties = properties ?? {};
    if (stack !== undefined) this.stack = stack;
  }
}
