import { hasCode, InfiniticError } from "../../core/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Connection } from "./connection.ts";

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/** What reconnecting needs of the world. */
export interface ReconnectOptions {
  readonly clock: Clock;
  readonly onTrouble: (message: string) => void;
  /** Aborted when the broker is closed. */
  readonly closing: AbortSignal;
}

/**
 * Opens a connection, however often that has to be tried, with growing delays.
 *
 * @param failsWhenRefused whether a refusal (token, rights) is thrown instead of tried again
 * @throws InfiniticError `MISCONFIGURED` if so, `BROKER_CLOSED`
 */
export async function reconnect(
  open: () => Promise<Connection>,
  { clock, onTrouble, closing }: ReconnectOptions,
  { failsWhenRefused }: { readonly failsWhenRefused: boolean },
): Promise<Connection> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    if (closing.aborted) throw closed();
    try {
      return await open();
    } catch (error) {
      if (failsWhenRefused && hasCode(error, "MISCONFIGURED")) throw error;
      onTrouble(error instanceof Error ? error.message : String(error));
    }
    // An aborted sleep ends the loop at its head.
    await clock.sleep(delayMs, closing).catch(() => undefined);
  }
}

export function closed(): InfiniticError {
  return new InfiniticError("BROKER_CLOSED", "expected an open broker, got a closed one");
}
