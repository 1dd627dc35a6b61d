import type { MethodsOf } from "../core/contract/definition.ts";
import { type Duration, LONGEST_MS, toMs } from "../core/values/duration.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { textOfThrown } from "../core/values/thrown.ts";

/** How a delegated task is watched. */
export interface DelegatedOptions {
  /** The task fails when nothing is heard of it for so long. Default: it is waited for as long as it takes. */
  readonly heartbeatTimeout: Duration;
}

/** Delegated methods of a service, by their names. */
export type DelegatedMethods<S> = { readonly [M in keyof MethodsOf<S>]?: true | DelegatedOptions };

/** What the workflow is told when a task was handed over. */
export interface Delegation {
  readonly heartbeatMs?: number;
}

/**
 * Checks a delegated method's options.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function delegationOf(name: string, options: true | DelegatedOptions): Delegation {
  if (options === true) return {};
  const isKnown = Object.keys(Object(options)).join() === "heartbeatTimeout";
  const heartbeatMs = isKnown ? toMs(options.heartbeatTimeout) : 0;
  if (heartbeatMs > 0 && heartbeatMs <= LONGEST_MS) return { heartbeatMs };
  throw new InfiniticError(
    "INVALID_OPTION",
    `expected delegated ${name} to be true or { heartbeatTimeout } above 0, got ${textOfThrown(options)}`,
  );
}
