import { hasCode, InfiniticError } from "../core/values/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { HealthIssue } from "../ports/health-issue.ts";

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/** What reconnecting needs of the world. */
export interface ReconnectOptions {
  readonly clock: Clock;
  readonly onHealthIssue: (message: string) => void;
  /** Gets what failed last, by who tries it again and for as long as that takes. */
  readonly healthIssues: Map<symbol, HealthIssue>;
  /** The longest pause between two tries; 10 seconds unless given. */
  readonly longestDelayMs?: number;
  /** Aborted when nothing is to be opened any more. */
  readonly closing: AbortSignal;
}

/** {@link reconnect}, for one who knows what it needs of the world. */
export type Reconnect = <T>(
  subject: string,
  open: () => Promise<T>,
  connects: "first" | "again",
) => Promise<T>;

/**
 * Opens a connection, however often that has to be tried, with growing delays.
 *
 * @param subject names in health issues what the connection is for
 * @param connects `first`: at once, and a refusal (token, rights) is thrown; `again`: after a delay, and whatever
 *   comes is tried again
 * @throws InfiniticError `MISCONFIGURED` when refused, `BROKER_CLOSED`
 */
export async function reconnect<T>(
  subject: string,
  open: () => Promise<T>,
  { clock, onHealthIssue, healthIssues, closing, longestDelayMs = LONGEST_DELAY_MS }: ReconnectOptions,
  connects: "first" | "again",
): Promise<T> {
  const trying = Symbol(subject);
  const pause = (ms: number): Promise<void> => clock.sleep(ms, closing).catch(() => undefined);
  try {
    // A connection that is lost as soon as it is open must not be reopened as fast as the machine can.
    if (connects === "again") await pause(FIRST_DELAY_MS);
    for (let attempts = 1; ; attempts++) {
      if (closing.aborted) throw closed();
      try {
        return await open();
      } catch (error) {
        if (closing.aborted) continue;
        if (connects === "first" && hasCode(error, "MISCONFIGURED")) throw error;
        const message = String(error);
        healthIssues.set(trying, { subject, message, attempts });
        onHealthIssue(message);
      }
      await pause(Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), longestDelayMs));
    }
  } finally {
    healthIssues.delete(trying);
  }
}

export function closed(): InfiniticError {
  return new InfiniticError("BROKER_CLOSED", "expected an open broker, got a closed one");
}
