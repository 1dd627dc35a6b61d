/** The longest wait that is granted: API Gateway gives up on a function after 30 s. */
const MAX_WAIT_SECONDS = 25;

/**
 * Reads the seconds of `Prefer: wait=…` (RFC 7240), at most {@link MAX_WAIT_SECONDS}.
 *
 * The first `wait` counts; a preference that cannot be understood is ignored, as the RFC asks.
 */
export function waitSecondsOf(header: string | undefined): number | undefined {
  for (const preference of (header ?? "").split(",")) {
    const [token = ""] = preference.split(";");
    const [name = "", value = ""] = token.split("=", 2);
    if (name.trim().toLowerCase() !== "wait") continue;
    const seconds = /^"?(\d{1,9})"?$/.exec(value.trim())?.[1];
    if (seconds === undefined || Number(seconds) === 0) return undefined;
    return Math.min(Number(seconds), MAX_WAIT_SECONDS);
  }
  return undefined;
}
