import type { ErrorCode } from "../core/errors.ts";
import type { Event } from "../core/history.ts";
import type { Instance } from "./instance.ts";

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
  instance: Instance,
  event: SignalReceived,
  opened: SignalReceived,
  log: Log | undefined,
): Event {
  const { execution } = instance;
  if (!execution) return event;
  if (!execution.channels.has(event.channel)) {
    log?.(lineOf(instance, event, "UNKNOWN_CHANNEL"));
    return { ...event, undeclared: true };
  }
  const reason = execution.gate.refusalOf(opened);
  if (reason === undefined) return event;
  log?.(lineOf(instance, event, "SCHEMA_MISMATCH"));
  const { at, messageId, channel } = event;
  return { kind: "signal-refused", at, messageId, channel, reason };
}

/** Without the value, and without what a schema says of it. */
function lineOf({ key, state }: Instance, { messageId, channel }: SignalReceived, code: ErrorCode): string {
  const message = "a signal arrived that no receive will get";
  return JSON.stringify({
    level: "warn",
    code,
    message,
    ...key,
    run: state?.key.run,
    channel,
    messageId,
  });
}
