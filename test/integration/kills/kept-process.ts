import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const RESPAWN_MS = 100;

/** Run before the script: it does not outlive the process that keeps it. */
const ENDS_WITH_ITS_PARENT =
  "data:text/javascript,process.once('disconnect',()=>process.exit());process.channel.unref()";

/** A Node process that is started again whenever it ends. */
export class KeptProcess {
  readonly #command: readonly string[];
  readonly #env: { readonly [name: string]: string };
  readonly #log: number;
  readonly #onMessage: (() => void) | undefined;
  readonly #ended: Promise<number | null>;
  #child: ChildProcess | undefined;
  #isReady = false;
  #isStopping = false;
  #kills = 0;

  /** @param options `logFile`: gets what all lives write to stderr; `onMessage`: hears when a life sends something */
  constructor(options: {
    readonly script: string;
    readonly args?: readonly string[];
    readonly env: { readonly [name: string]: string };
    readonly logFile: string;
    readonly onMessage?: () => void;
  }) {
    const { script, args = [], env, logFile, onMessage } = options;
    this.#command = ["--import", ENDS_WITH_ITS_PARENT, script, ...args];
    this.#env = env;
    this.#log = openSync(logFile, "a");
    this.#onMessage = onMessage;
    this.#ended = this.#keep();
  }

  /** True from the moment it says so on stdout until it ends. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** How often it was killed. */
  get kills(): number {
    return this.#kills;
  }

  /** Of its present life. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Has it stand still, as a machine does that swaps or is moved, until {@link thaw}. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  kill(): void {
    this.#kills += 1;
    this.#isReady = false;
    this.#child?.kill("SIGKILL");
  }

  /** Ends it in order, for good, and gives its exit code. */
  async stop(): Promise<number | null> {
    this.#isStopping = true;
    this.#child?.kill("SIGTERM");
    return this.#ended;
  }

  async #keep(): Promise<number | null> {
    for (;;) {
      const code = await this.#live();
      if (!this.#isStopping) await sleep(RESPAWN_MS);
      if (this.#isStopping) return code;
    }
  }

  async #live(): Promise<number | null> {
    const child = spawn(process.execPath, this.#command, {
      env: { ...process.env, ...this.#env },
      stdio: ["ignore", "pipe", this.#log, "ipc"],
    });
    this.#child = child;
    const exited = once(child, "exit");
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once("line", () => {
      this.#isReady = true;
    });
    child.on("message", () => this.#onMessage?.());
    const [code] = (await exited) as [number | null];
    this.#isReady = false;
    return code;
  }
}
