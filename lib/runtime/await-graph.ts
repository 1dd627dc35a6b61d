import { Demand } from "./demand.ts";
import { isPending } from "./foreign-work.ts";
import type { MethodRun } from "./method-run.ts";

/** What a promise of workflow code is. */
type Kind =
  /** Of a running async function, or of a request to a generator. */
  | "function"
  /** Made by `then`: its callback runs when its parent has settled. */
  | "derived"
  /** Of an `await`, and of nobody: the function goes on when its parent has settled. */
  | "await"
  /** Any other. */
  | "plain";

type Settle = (value: unknown) => void;

class Node {
  readonly demand = new Demand();
  kind: Kind = "plain";
  /** Frames of the stack on which its function, or its executor, began. */
  depth = 0;
  /** Of an `await`: the function that awaits. */
  owner: Node | undefined;
  /** Whether its function has come to an `await`: a generator that is busy does not even begin with a request. */
  hasRun = false;
  /** Reactions that are still to run: later jobs of it resolve it with a thenable. */
  reactions = 0;
}

/** A request to an async generator. */
interface Request {
  readonly node: Node;
  readonly promise: Promise<unknown>;
  readonly method: MethodRun | undefined;
}

/** One run from an empty stack to an empty stack. */
class Job {
  /** The function that goes on in it. */
  resumed: Node | undefined;
  /** Functions that have begun in it and have not come to an `await` since; the innermost is the last. */
  readonly begun: Node[] = [];
  /** Promises whose executors have begun in it. */
  readonly executors: Node[] = [];
  /** Requests to generators that were made in it. */
  readonly requests: Request[] = [];
  /** The promise that it resolves with a thenable. */
  thenable: Node | undefined;
  /** The promise whose callback it runs. */
  callback: Node | undefined;
  /** What an `await` has just wrapped a value in that is no promise, and the function that awaits it. */
  wrapper: { readonly node: Node; readonly owner: Node } | undefined;
}

let job = new Job();
/** The function that V8 calls: the frames above it are those of workflow code. */
let hook: ((promise: Promise<unknown>, parent: Promise<unknown> | undefined) => void) | undefined;
/** How promises are to be taken that the library itself makes. */
let own: "linked" | "loose" | undefined;
const nodes = new WeakMap<object, Node>();

/**
 * Which promise of workflow code waits for which, seen from V8's promise hooks: what nobody wants any more, because it
 * lost a race, takes no signal.
 *
 * `then` and `catch` say what they derive from. Of an `await` V8 tells what is awaited, but only where it had to wrap
 * a value also by whom; else the function is known by the depth of its frame.
 */
export const awaitGraph = {
  /** Begins anew on an empty stack; the hook is what will call {@link init}. */
  begin(calling: NonNullable<typeof hook>): void {
    hook = calling;
    nextJob();
  },

  init(promise: Promise<unknown>, parent: object | undefined, method?: MethodRun): void {
    const node = new Node();
    nodes.set(promise, node);
    const source = parent && nodes.get(parent);
    const { wrapper } = job;
    job.wrapper = undefined;
    if (own === "loose") return;
    if (own === "linked") {
      if (source) derive(node, source);
      else awaitGraph.made(node.demand);
    } else if (!parent) begin({ node, promise, method });
    else if (source && wrapper?.node === source) suspend(node, source, wrapper.owner);
    else if (source) wait(node, source);
  },

  before(promise: object): void {
    nextJob();
    const node = nodes.get(promise);
    if (!node) return;
    if (node.reactions === 0) job.thenable = node;
    else {
      node.reactions--;
      if (node.kind === "await") {
        node.demand.leave();
        job.resumed = node.owner;
      } else {
        node.demand.stopWaiting();
        job.callback = node;
      }
    }
  },

  after(): void {
    nextJob();
  },

  /** Makes the promise of an outcome, and what is derived from it; `begin` is told who waits for it. */
  outcome<P extends Promise<unknown> = Promise<unknown>>(
    begin: (resolve: Settle, reject: Settle, demand: Demand | undefined) => void,
    derive: (outcome: Promise<unknown>) => P = (outcome) => outcome as P,
  ): P {
    let settle: readonly [Settle, Settle] | undefined;
    const [outcome, derived] = as("linked", () => {
      const outcome = new Promise<unknown>((...both) => {
        settle = both;
      });
      return [outcome, derive(outcome)] as const;
    });
    const [resolve, reject] = settle as readonly [Settle, Settle]; // the executor has run
    try {
      begin(resolve, reject, this.demandOf(outcome));
    } catch (error) {
      reject(error);
    }
    return derived;
  },

  /** Runs code of the library, whose promises are nobody's business. */
  loose: <T>(run: () => T): T => as("loose", run),

  /** Says whose code has made something. */
  made: (demand: Demand): void => made(demand, job.executors.length > 0 ? framesOf() : []),

  /** Gives who waits for a promise; undefined when it was not seen being made. */
  demandOf(promise: object): Demand | undefined {
    return nodes.get(promise)?.demand;
  },
};

function nextJob(): void {
  if (job.requests.length > 0) refuseQueued(job.requests);
  job = new Job();
}

/** A request that waits for one that has lost a race would get the signal after the one that it takes. */
function refuseQueued(requests: readonly Request[]): void {
  for (const { node, method, promise } of requests) {
    const isQueued = !node.hasRun && method !== undefined;
    if (!isQueued || ![...method.lostRequests].some((lost) => lost !== promise && isPending(lost))) continue;
    const what =
      "the next value of an async generator whose request before has lost a race: race the promise of that request again";
    method.execution.foreign.push({ method, what });
  }
}

function as<T>(how: "linked" | "loose", run: () => T): T {
  const before = own;
  own = how;
  try {
    return run();
  } finally {
    own = before;
  }
}

/** A promise that waits for none: an async function begins, or somebody makes one. */
function begin(request: Request): void {
  const { node, promise, method } = request;
  const frames = framesOf();
  const [top] = frames;
  node.depth = frames.length;
  made(node.demand, frames);
  if (!top || !isBuiltIn(top)) {
    node.kind = "function";
    job.begun.push(node);
    return;
  }
  const name = top.getFunctionName();
  if (name === "Promise") job.executors.push(node);
  if (name !== "next" && name !== "return" && name !== "throw") return;
  // The body of the generator runs on top of this frame.
  node.kind = "function";
  node.depth++;
  job.begun.push(node);
  job.requests.push(request);
  node.demand.onChange = (isWanted) => {
    if (isWanted) method?.lostRequests.delete(promise);
    else method?.lostRequests.add(promise);
  };
}

/** A promise that waits for another one: of a `then`, of an `await`, or an awaited value that was wrapped. */
function wait(node: Node, source: Node): void {
  const [top] = framesOf(1);
  if (top && isBuiltIn(top)) {
    derive(node, source);
    return;
  }
  const owner = runningNow();
  // No function awaits itself: V8 tells by whom the value is awaited that it has wrapped.
  if (owner === source) job.wrapper = { node, owner };
  else suspend(node, source, owner);
}

function derive(node: Node, source: Node): void {
  node.kind = "derived";
  node.reactions = 1;
  // What resolves a promise with this one waits for it by a promise that nobody else sees.
  if (job.thenable) node.demand.feed(job.thenable.demand);
  else awaitGraph.made(node.demand);
  source.demand.feed(node.demand);
}

function suspend(node: Node, source: Node, owner: Node | undefined): void {
  node.kind = "await";
  node.reactions = 1;
  if (owner) {
    node.owner = owner;
    owner.hasRun = true;
    node.demand.feed(owner.demand);
    const at = job.begun.lastIndexOf(owner);
    if (at >= 0) job.begun.length = at;
  }
  source.demand.feed(node.demand);
}

/** Whose frame is on top of the stack. A function that has returned without an `await` may still be on the list. */
function runningNow(): Node | undefined {
  if (job.begun.length === 0) return job.resumed;
  const depth = framesOf().length;
  return job.begun.findLast((node) => node.depth === depth) ?? job.resumed;
}

/** Says for whom a promise is made: for the promise in whose executor, or by the function in which it is made. */
function made(demand: Demand, frames: readonly NodeJS.CallSite[]): void {
  const executor = job.executors.findLast(({ depth }) => {
    const frame = frames[frames.length - depth];
    return depth < frames.length && frame?.getFunctionName() === "Promise" && isBuiltIn(frame);
  });
  if (executor) demand.feed(executor.demand);
  else {
    const maker = job.begun.at(-1) ?? job.resumed ?? job.callback;
    if (maker) demand.madeBy(maker.demand);
  }
}

function isBuiltIn(frame: NodeJS.CallSite): boolean {
  return frame.getLineNumber() === null;
}

/** The frames of the stack, less those of the hooks. */
function framesOf(most = Number.POSITIVE_INFINITY): readonly NodeJS.CallSite[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  Error.stackTraceLimit = most + 1;
  Error.prepareStackTrace = (_error, frames) => frames;
  try {
    Error.captureStackTrace(holder, hook);
    const frames = holder.stack as readonly NodeJS.CallSite[];
    // Where there is more than one hook, Node calls them from a frame of its own.
    return frames[0]?.getFileName()?.startsWith("node:internal/promise_hooks") ? frames.slice(1) : frames;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace as NonNullable<typeof prepareStackTrace>;
  }
}
