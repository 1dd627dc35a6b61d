import { Query } from "../runtime/query.ts";

/**
 * Makes a query: a field of the workflow's class, named by the field. It may issue no command.
 *
 * @example
 * readonly status = query(() => this.phase);
 */
export function query<F extends (...args: never[]) => unknown>(read: F): Query<F> {
  return new Query(read);
}
