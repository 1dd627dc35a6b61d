import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { RunEnd } from "../../../lib/bridge/lease/leased-bridge.ts";
import type { BridgeHandler } from "../../../lib/lambda/bridge-function.ts";
import type { BridgeEvent } from "../../../lib/ports/bridge-starter.ts";

const SCRIPT = join(import.meta.dirname, "sandbox.ts");
const END_WITH_PARENT = import.meta.resolve("../../../infra/local/end-with-parent.ts");

/** What a sandbox is told. */
export interface Invocation {
  readonly event: BridgeEvent;
  readonly functionName: string;
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

/** One invocation of the bridge's function, in a process of its own. */
export interface Sandbox {
  readonly event: BridgeEvent;
  /** What the handler answered, once it has. */
  end?: RunEnd;
  /** Ends it at once, with whatever it has in flight. */
  kill(): void;
}

/** Runs the bridge's real handler as Lambda does: each invocation in a process of its own, which may be killed. */
export class Sandboxes {
  readonly all: Sandbox[] = [];
  readonly #processes = new Set<ChildProcess>();

  /** A death is thrown, as the platform tells it. */
  readonly handler: BridgeHandler = async (event, { functionName, getRemainingTimeInMillis }) => {
    const endsAt = Date.now() + getRemainingTimeInMillis();
    const told = JSON.stringify({ event, functionName, endsAt } satisfies Invocation);
    const child = spawn(process.execPath, ["--import", END_WITH_PARENT, SCRIPT, told], {
      env: process.env,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#processes.add(child);
    const sandbox: Sandbox = { event, kill: () => void child.kill("SIGKILL") };
    this.all.push(sandbox);
    child.once("message", (answer: { readonly end: RunEnd }) => {
      sandbox.end = answer.end;
    });
    const [code, signal] = await once(child, "exit");
    this.#processes.delete(child);
    if (sandbox.end !== undefined) return { end: sandbox.end };
    throw new RangeError(`expected the sandbox to answer, got ${signal ?? `exit code ${code}`}`);
  };

  async close(): Promise<void> {
    const ended = [...this.#processes].map((child) => once(child, "exit"));
    for (const { kill } of this.all) kill();
    await Promise.all(ended);
  }
}
