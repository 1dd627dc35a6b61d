import { startTimer } from "../core/values/long-timer.ts";

/** Resolves after so many milliseconds; rejects with the signal's reason when it aborts. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** By the machine's time. */
export const machineSleep: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    const stop = startTimer(ms, resolve, { start: setTimeout, stop: clearTimeout });
    signal.addEventListener("abort", () => {
      stop();
      reject(signal.reason);
    });
  });
