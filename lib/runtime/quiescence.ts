/**
 * Waits until code that was just told of an event can do nothing more: until all microtasks have run, and before
 * anything from outside can have happened. Whoever still waits then waits for something outside.
 *
 * A tick that is queued by a microtask runs when the queue of microtasks is empty, and before the event loop goes
 * on (Node's order of ticks, microtasks, I/O).
 */
export function quiesce(): Promise<void> {
  return new Promise((resolve) => {
    queueMicrotask(() => process.nextTick(resolve));
  });
}
