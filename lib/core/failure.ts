import type { JsonObject } from "./json.ts";

/**
 * A failure as data: what crosses the wire and what history records instead of an Error.
 *
 * `cause` nests down to the original error; `properties` are the original error's own JSON properties
 * (for the catalogue's errors: the named facts, such as `service` and `method`).
 */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly properties?: JsonObject;
  readonly cause?: Failure;
}
