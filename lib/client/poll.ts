import { type ErrorCode, hasCode } from "../core/values/errors.ts";
import type { WorkflowNames } from "../core/values/remote-errors.ts";
import type { Api } from "./api.ts";
import type { ClientAnswer } from "./client-options.ts";

/** The longest wait asked for in one request: some proxies give up at 30 s. */
export const MAX_WAIT_SECONDS = 20;
/** The API says that something is unknown once nobody has seen it for so long. */
const UNKNOWN_AFTER_SECONDS = 10;
/** Between two waits, in case that something on the way does not let the API wait. */
const PAUSE_MS = 200;

/**
 * Asks the API, request after request, until its answer is the end of something.
 *
 * @throws `timedOut` once the deadline is over
 */
export async function poll(
  api: Api,
  {
    path,
    names,
    deadline,
    timedOut,
    unknown,
    isEnd,
  }: {
    readonly path: string;
    readonly names?: WorkflowNames;
    /** Epoch milliseconds; Infinity waits for ever. */
    readonly deadline: number;
    readonly timedOut: Error;
    /** The code of what is unknown: too early to tell where the wait was short, it may be about to start. */
    readonly unknown: ErrorCode;
    readonly isEnd: (answer: ClientAnswer) => boolean;
  },
): Promise<ClientAnswer> {
  const { clock } = api;
  const over = new AbortController();
  const timer = new AbortController();
  if (deadline !== Infinity) {
    clock.sleep(Math.max(0, deadline - clock.now()), timer.signal).then(
      () => over.abort(timedOut),
      () => undefined,
    );
  }
  try {
    for (;;) {
      const leftSeconds = Math.ceil((deadline - clock.now()) / 1_000);
      if (leftSeconds <= 0) throw timedOut;
      const waitSeconds = Math.min(MAX_WAIT_SECONDS, leftSeconds);
      try {
        const request = { path, waitSeconds, signal: over.signal, ...(names && { names }) };
        const answer = await api.call({ method: "GET", ...request });
        if (isEnd(answer)) return answer;
      } catch (error) {
        if (hasCode(error, unknown) && waitSeconds < UNKNOWN_AFTER_SECONDS) throw timedOut;
        throw error;
      }
      await clock.sleep(PAUSE_MS, over.signal);
    }
  } finally {
    timer.abort();
  }
}
