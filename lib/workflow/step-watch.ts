import { asyncWrapProviders, createHook } from "node:async_hooks";
import { getCallSites } from "node:util";
import { promiseHooks } from "node:v8";
import { awaitGraph } from "./await-graph.ts";
import type { Execution } from "./execution.ts";
import type { PropertyWatch } from "./property-watch.ts";
import { currentScope, guardedScope } from "./scope.ts";

/** Marks an object without changing what anybody else sees of it. */
class Marked {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the given object is what gets the mark
    return object;
  }
}

/** The mark of a promise: whose workflow code made it. */
class Made extends Marked {
  readonly #by: Execution;

  constructor(promise: object, by: Execution) {
    super(promise);
    this.#by = by;
  }

  static by(promise: object): Execution | undefined {
    return #by in promise ? (promise as Made).#by : undefined;
  }
}

/** The instance whose code has made a promise, in one of its steps. */
export function makerOf(promise: object): Execution | undefined {
  return Made.by(promise);
}

/** Kinds of work that Node does for code, beside promises and ticks: I/O, timers, threads. */
const NODES_WORK = new Set([...Object.keys(asyncWrapProviders), "Timeout", "Immediate"]);
NODES_WORK.delete("PROMISE");

/** `trackPromises` is newer than Node's types; where it is unknown, promises are tracked in vain. */
const OPTIONS = { trackPromises: false, init: noteWork };
const workHook = createHook(OPTIONS);
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
  if (open++ > 0) return;
  workHook.enable();
  stopPromiseHook = promiseHooks.createHook({ init: notePromise, before, after }) as () => void;
}

export function endWatch(): void {
  if (--open > 0) return;
  watchProperties(undefined);
  stopPromiseHook?.();
  workHook.disable();
}

/** What watches the properties that an inline task must leave alone, by the promises of the task. */
const watches = new WeakMap<object, PropertyWatch>();
let watching: PropertyWatch | undefined;

function before(promise: Promise<unknown>): void {
  awaitGraph.before(promise);
  watchProperties(watches.get(promise));
}

function after(): void {
  awaitGraph.after();
  watchProperties(undefined);
}

function watchProperties(watch: PropertyWatch | undefined): void {
  watching?.close();
  watching = watch;
  watching?.open();
}

/** Runs for each promise of the process while a step is open, so it does little. */
function notePromise(promise: Promise<unknown>, parent: Promise<unknown> | undefined): void {
  const scope = currentScope();
  if (!scope) return;
  const { execution, method, mode } = scope;
  if (mode === "inline") {
    if (execution.properties) watches.set(promise, execution.properties);
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

function noteWork(_asyncId: number, type: string): void {
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
