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

  constructor(instance: object) {
    this.#instance = instance;
  }

  /**
   * Says who may have made the changes that are seen while no code of a known task runs. None: it is the workflow's
   * code that runs, which may change its properties.
   */
  blameBetween(tasks: readonly WatchedInline[]): void {
    this.#between = tasks;
    this.#blame(tasks);
  }

  /** Code of this task begins to run. */
  enter(task: WatchedInline): void {
    this.#blame([task]);
  }

  /** Code of a task has run. */
  leave(): void {
    this.#blame(this.#between);
  }

  /** Undoes what the tasks that run have changed, and notes it in them. */
  settle(): void {
    const changed = this.#before?.firstChange();
    if (changed === undefined) return;
    this.#before?.restore();
    for (const task of this.#running) task.changed ??= changed;
  }

  #blame(tasks: readonly WatchedInline[]): void {
    this.settle();
    this.#running = tasks;
    if (tasks.length === 0) this.#before = undefined;
    else this.#before ??= new DataSnapshot(this.#instance);
  }
}
