import { setImmediate } from "node:timers";

/** Who owns `unhandledRejection`: one state for all copies of this library in a process, or they would trap each other. */
interface Ownership {
  owners: number;
  displaced: readonly NodeJS.UnhandledRejectionListener[];
  readonly ignore: () => void;
}

const OWNERSHIP = Symbol.for("infinitic-serverless.unhandled-rejections");
const world = globalThis as typeof globalThis & { [OWNERSHIP]?: Ownership };
world[OWNERSHIP] ??= { owners: 0, displaced: [], ignore: () => undefined };
const ownership: Ownership = world[OWNERSHIP];

/**
 * Waits until code that was just told of an event can do nothing more: until all microtasks have run, and before
 * anything from outside can have happened. Whoever still waits then waits for something outside.
 *
 * A tick that is queued by a microtask runs when the queue of microtasks is empty, and before the event loop goes
 * on (Node's order of ticks, microtasks, I/O).
 *
 * Until the event loop's next turn the process's `unhandledRejection` is ours: a promise of workflow code that
 * nobody awaits yet may be awaited in a later step, and must end neither the sandbox nor a neighbour in the batch.
 */
export function quiesce(): Promise<void> {
  ownRejections();
  return new Promise((resolve) => {
    queueMicrotask(() => process.nextTick(resolve));
  });
}

function ownRejections(): void {
  if (ownership.owners++ === 0) {
    ownership.displaced = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", ownership.ignore);
  }
  setImmediate(() => {
    if (--ownership.owners > 0) return;
    process.removeListener("unhandledRejection", ownership.ignore);
    for (const listener of ownership.displaced) process.on("unhandledRejection", listener);
  });
}
