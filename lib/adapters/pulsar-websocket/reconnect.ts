import { hasCode, InfiniticError } from "../../core/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Connection } from "./connection.ts";

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/** What reconnecting needs of the world. */
export interface ReconnectOptions {
  readonly clock: Clock;
  readonly onTrouble: (message: string) => void;
  /** Aborted when nothing is to be opened any more. */
  readonly closing: AbortSignal;
}

/**
 * Opens a connection, however often that has to be tried, with growing delays.
 *
 * @param connects `first`: at once, and a refusal (token, rights) is thrown; `again`: after a delay, and whatever
 *   comes is tried again
 * @throws InfiniticError `MISCONFIGURED` when refused, `BROKER_CLOSED`
 */
export async function reconnect(
  open: () => Promise<Connection>,
  { clock, onTrouble, closing }: ReconnectOptions,
  connects: "first" | "again",
): Promise<Connection> {
  const pause = (ms: number): Promise<void> => clock.sleep(ms, closing).catch(() => undefined);
  // A connection that is lost as soon as it is open must not be reopened as fast as the machine can.
  if (connects === "again") await pause(FIRST_DELAY_MS);
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    if (closing.aborted) throw closed();
    try {
      return await open();
    } catch (error) {
      if (closing.aborted) continue;
      if (connects === "first" && hasCode(error, "MISCONFIGURED")) throw error;
      onTrouble(error instanceof Error ? error.message : String(error));
    }
    await pause(delayMs);
  }
}

export function closed(): InfiniticError {
  return new InfiniticError("BROKER_CLOSED", "expected an open broker, got a closed one");
}
