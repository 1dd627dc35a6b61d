import { asyncWrapProviders, createHook } from "node:async_hooks";
import { getCallSites } from "node:util";
import { promiseHooks } from "node:v8";
import { awaitGraph } from "./await-graph.ts";
import type { RunningCode } from "./method-run.ts";
import type { WatchedInline } from "./property-watch.ts";
import { currentScope, guardedScope, outOfScope } from "./scope.ts";

/** Marks an object without changing what anybody else sees of it. */
class Marked {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the given object is what gets the mark
    return object;
  }
}

/** The mark of a promise: whose workflow code made it. */
class Made extends Marked {
  readonly #by: RunningCode;

  constructor(promise: object, by: RunningCode) {
    super(promise);
    this.#by = by;
  }

  static by(promise: object): RunningCode | undefined {
    return #by in promise ? (promise as Made).#by : undefined;
  }
}

/** The instance whose code has made a promise, in one of its steps. */
export function makerOf(promise: object): RunningCode | undefined {
  return Made.by(promise);
}

/** Kinds of work that Node does for code, beside promises and ticks: I/O, timers, threads. */
const NODES_WORK = new Set([...Object.keys(asyncWrapProviders), "Timeout", "Immediate"]);
NODES_WORK.delete("PROMISE");

/** `trackPromises` is newer than Node's types; where it is unknown, promises are tracked in vain. */
const UNTRACKED = { trackPromises: false };
const workHook = createHook(Object.assign({ init: noteWork }, UNTRACKED));
let stopPromiseHook: (() => void) | undefined;
let open = 0;

/**
 * Watches what workflow code does until {@link endWatch}: each promise that it makes is marked as its own, and what
 * it begins or awaits beside that is noted in its execution.
 *
 * Steps of several instances may be open at a time. Between them nothing is watched, and nothing costs.
 */
export function beginWatch(): void {
  awaitGraph.begin(notePromise);
  enableHooks();
}

export function endWatch(): void {
  if (--open > 0) return;
  stopPromiseHook?.();
  workHook.disable();
}

function enableHooks(): void {
  if (open++ > 0) return;
  workHook.enable();
  stopPromiseHook = promiseHooks.createHook({ init: notePromise, before, after }) as () => void;
}

/** Runs the first stretch of an inline task; until its outcome, what its other stretches change is blamed on it. */
export function watchInline<T>(task: WatchedInline, run: () => Promise<T>): Promise<T> {
  enableHooks();
  if (inlines++ === 0) callbackHook.enable();
  task.watch.enter(task, ++epoch);
  const outcome = run();
  task.watch.leave(epoch++); // code of the workflow goes on
  const end = (): void => {
    endWatch();
    if (--inlines > 0) return;
    callbackHook.disable();
    callbacks.clear();
    entered.length = 0;
  };
  void outOfScope(() => outcome.then(end, end));
  return outcome;
}

/** Which inline task has made a promise, and which has begun work whose callback is still to come. */
const makers = new WeakMap<object, WatchedInline>();
const callbacks = new Map<number, WatchedInline>();
const callbackHook = createHook(
  Object.assign(
    {
      before: (asyncId: number) => enter(callbacks.get(asyncId)),
      after: () => leave(),
      destroy: (asyncId: number) => void callbacks.delete(asyncId),
    },
    UNTRACKED,
  ),
);
let inlines = 0;
/** The tasks whose code runs now, one inside the other. */
const entered: (WatchedInline | undefined)[] = [];
/** Another one when code other than inline tasks' may have run. */
let epoch = 0;

function before(promise: Promise<unknown>): void {
  awaitGraph.before(promise);
  enter(makers.get(promise));
}

function after(): void {
  awaitGraph.after();
  leave();
}

/** Code of a task begins to run, or of none. */
function enter(task: WatchedInline | undefined): void {
  if (inlines === 0) return;
  entered.at(-1)?.watch.leave(epoch);
  entered.push(task);
  if (task) task.watch.enter(task, epoch);
  else epoch++;
}

function leave(): void {
  if (inlines === 0) return;
  entered.pop()?.watch.leave(epoch);
  const outer = entered.at(-1);
  outer?.watch.enter(outer, epoch);
}

/** Runs for each promise of the process while a step is open, so it does little. */
function notePromise(promise: Promise<unknown>, parent: Promise<unknown> | undefined): void {
  const scope = currentScope();
  if (!scope) return;
  const { execution, method, mode } = scope;
  if (mode === "inline") {
    if (scope.task) makers.set(promise, scope.task);
    return;
  }
  if (parent !== undefined && Made.by(parent) !== execution) {
    execution.foreign.push({
      method,
      what: "a promise that other code has made: put it into an inline task",
      promise: parent,
    });
  }
  new Made(promise, execution);
  if (execution.tracksAwaits && mode === "workflow") awaitGraph.init(promise, parent, method);
}

function noteWork(asyncId: number, type: string): void {
  const task = currentScope()?.task;
  if (task) callbacks.set(asyncId, task);
  if (!NODES_WORK.has(type)) return;
  const scope = guardedScope();
  if (!scope) return;
  const frames = getCallSites(50).slice(1);
  const first = frames.findIndex(({ scriptName }) => !scriptName.startsWith("node:"));
  const nodes = first < 0 ? frames : frames.slice(0, first);
  const isIn = (part: string): boolean => nodes.some(({ scriptName }) => scriptName.startsWith(part));
  if (isIn("node:internal/console") || isSynchronous(type, nodes)) return;
  const isHarmless = isIn("node:internal/modules");
  const what = isHarmless
    ? "import(): import it at the top of its file"
    : `${nodes.at(-1)?.functionName || "work"} (${type}${placeOf(frames[first])}): put it into an inline task`;
  scope.execution.foreign.push({ method: scope.method, what, isHarmless });
}

/** Node runs `pbkdf2Sync` and its like as the same kind of work, at once; random bytes are never the same again. */
function isSynchronous(type: string, nodes: readonly { readonly functionName: string }[]): boolean {
  return !type.startsWith("RANDOM") && nodes.some(({ functionName }) => /(Sync|OneShot)$/.test(functionName));
}

function placeOf(frame: { readonly scriptName: string; readonly lineNumber: number } | undefined): string {
  if (!frame) return "";
  const { scriptName, lineNumber } = frame;
  return ` at ${scriptName.slice(scriptName.lastIndexOf("/") + 1)}:${lineNumber}`;
}
