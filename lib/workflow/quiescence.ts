import { setImmediate } from "node:timers";

let running = 0;
let displaced: NodeJS.UnhandledRejectionListener[] = [];

/**
 * Waits until code that was just told of an event can do nothing more: microtasks drained, and one turn of the
 * event loop passed.
 *
 * Meanwhile the process's `unhandledRejection` is ours: a promise of workflow code that nobody awaits yet may be
 * awaited in a later step, and must end neither the sandbox nor a neighbour in the same batch.
 */
export function quiesce(): Promise<void> {
  if (running++ === 0) {
    displaced = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", ignore);
  }
  return new Promise((resolve) => {
    setImmediate(() => {
      if (--running === 0) {
        process.removeListener("unhandledRejection", ignore);
        for (const listener of displaced) process.on("unhandledRejection", listener);
      }
      resolve();
    });
  });
}

function ignore(): void {}
