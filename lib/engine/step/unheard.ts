import type { Event } from "../../core/model/history.ts";
import type { ErrorCode } from "../../core/values/errors.ts";
import { failureOf } from "../../core/values/failure.ts";
import { methodOf, unknownMethod } from "../../runtime/method-of.ts";
import type { LiveInstance } from "../live-instance.ts";

type SignalReceived = Event & { readonly kind: "signal-received" };

/** Takes one line of JSON for each thing that somebody should look at. */
export type Log = (line: string) => void;

/**
 * Gives the event that a signal is. One that no receive will ever get, as the class has no such channel or its schema
 * refuses it, is one of its own, told in the instance's description, and logged.
 *
 * @param opened the same event, with its value
 */
export function heard(
  instance: LiveInstance,
  event: SignalReceived,
  opened: SignalReceived,
  log: Log | undefined,
): Event {
  const { execution } = instance;
  const { at, messageId, channel } = event;
  if (!execution) return event;
  if (!execution.channels.has(channel)) {
    log?.(lineOf(instance, { messageId, channel }, "UNKNOWN_CHANNEL"));
    return { ...event, undeclared: true };
  }
  const reason = execution.contracts.refusalOf(opened);
  if (reason === undefined) return event;
  log?.(lineOf(instance, { messageId, channel }, "SCHEMA_MISMATCH"));
  return { kind: "signal-refused", at, messageId, channel, reason };
}

/** Refuses the call of a method that the code does not have: the caller is told, and no method is begun. */
export function refuseUnknown(
  instance: LiveInstance,
  [event]: readonly Event[],
  { log }: { readonly log?: Log | undefined },
): boolean {
  const { execution, key } = instance;
  if (event?.kind !== "method-started" || !execution || methodOf(execution.code, event.name)) return false;
  const { at, messageId, name, caller } = event;
  const failure = failureOf(unknownMethod(key.workflow, name));
  instance.append({ kind: "method-refused", at, messageId, name, failure, ...(caller && { caller }) });
  log?.(lineOf(instance, { messageId, method: name }, "UNKNOWN_METHOD"));
  return true;
}

/** Without the value, and without what a schema says of it. */
function lineOf(
  { key, state }: LiveInstance,
  { messageId, ...name }: { readonly messageId: string; readonly channel?: string; readonly method?: string },
  code: ErrorCode,
): string {
  const what = "channel" in name ? "a signal" : "a call";
  const message = `${what} arrived that workflow code will not hear of`;
  return JSON.stringify({ level: "warn", code, message, ...key, run: state?.key.run, ...name, messageId });
}
