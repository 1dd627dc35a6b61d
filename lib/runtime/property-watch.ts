import { DataSnapshot } from "./data-snapshot.ts";

/** An inline task that must leave the properties of its workflow alone. */
export class WatchedInline {
  readonly watch: PropertyWatch;
  /** The first property that it was found to have changed. */
  changed: string | undefined;

  constructor(watch: PropertyWatch) {
    this.watch = watch;
  }
}

/**
 * Notices what inline tasks change in the properties of a workflow's instance, and undoes it: no replay runs an inline
 * task again. Private fields (`#name`) and local variables cannot be seen.
 */
export class PropertyWatch {
  readonly #instance: object;
  #before: DataSnapshot | undefined;
  #running: readonly WatchedInline[] = [];
  #between: readonly WatchedInline[] = [];
  #epoch = 0;

  constructor(instance: object) {
    this.#instance = instance;
  }

  /**
   * Says who may have made the changes that are seen while no code of a known task runs. None: it is the workflow's
   * code that runs, which may change its properties.
   */
  blameBetween(tasks: readonly WatchedInline[]): void {
    this.settle();
    this.#between = tasks;
    this.#running = tasks;
    this.#before = tasks.length === 0 ? undefined : new DataSnapshot(this.#instance);
  }

  /**
   * Code of this task begins to run.
   *
   * @param epoch another one when other code may have run since the last {@link leave}
   */
  enter(task: WatchedInline, epoch: number): void {
    if (this.#between.length === 0 && epoch !== this.#epoch) this.#before = undefined;
    else if (this.#between.length > 0) this.settle();
    this.#running = [task];
    this.#before ??= new DataSnapshot(this.#instance);
  }

  /** Code of a task has run. What was seen before is kept for the next task, if nothing else runs until then. */
  leave(epoch: number): void {
    this.settle();
    this.#running = this.#between;
    this.#epoch = epoch;
  }

  /** Undoes what the tasks that run have changed, and notes it in them. */
  settle(): void {
    if (this.#running.length === 0) return;
    const changed = this.#before?.firstChange();
    if (changed === undefined) return;
    this.#before?.restore();
    // What cannot be put back is not found again in what others do.
    if (this.#before?.firstChange() !== undefined) this.#before = new DataSnapshot(this.#instance);
    for (const task of this.#running) task.changed ??= changed;
  }
}
