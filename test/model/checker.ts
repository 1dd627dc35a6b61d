import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const MODEL = join(import.meta.dirname, "step.pml");

/** Ways to break the step, and the invariant that each is to violate: a name that the model reads. */
export const BROKEN: { readonly [variant: string]: number } = {
  PUBLISH_BEFORE_COMMIT: 3,
  ACK_BEFORE_RECEIPT: 5,
  COMMIT_WITHOUT_CONDITION: 1,
  HINT_WITHOUT_HASH: 1,
  DEDUP_OFF: 1,
  EMITS_NOT_SAID_AGAIN: 5,
  CONCLUSION_WITHOUT_READ: 5,
  OUTBOX_DROPPED_ON_REPLY: 5,
};

export interface Check {
  /** What is broken in the model; nothing: it is the step as it is. */
  readonly variant?: string;
  /** Crashes, lost answers, throttles, lost acknowledgements and forgotten keys, together. */
  readonly faults?: number;
  /** Looks for runs without an end instead of broken invariants. */
  readonly endless?: boolean;
}

export interface Verdict {
  /** Different states that were seen. */
  readonly states: number;
  /** The number of the invariant that was broken; 0: a run without an end; undefined: none. */
  readonly broken: number | undefined;
  /** Statements of the model that no run came to, as `line: text`. */
  readonly unreached: readonly string[];
}

/** Tells what is missing to check models here: spin, and a C compiler for what it writes. */
export async function missingTools(): Promise<readonly string[]> {
  const has = (tool: string, flag: string): Promise<boolean> =>
    run(tool, [flag]).then(
      () => true,
      () => false,
    );
  const [spin, gcc] = await Promise.all([has("spin", "-V"), has("gcc", "--version")]);
  return [...(spin ? [] : ["spin"]), ...(gcc ? [] : ["gcc"])];
}

/** Sees every state of the model, or all up to the first that breaks an invariant. */
export async function checkModel({ variant, faults = 2, endless = false }: Check = {}): Promise<Verdict> {
  const directory = await mkdtemp(join(tmpdir(), "infinitic-model-"));
  const cwd = { cwd: directory, maxBuffer: 64 * 1024 * 1024 };
  try {
    await copyFile(MODEL, join(directory, "step.pml"));
    const defines = [`-DFAULTS=${faults}`, ...(variant === undefined ? [] : [`-D${variant}`])];
    await run("spin", ["-a", ...defines, "step.pml"], cwd);
    // Collapsed states take a third of the memory.
    const mode = endless ? ["-DNP"] : ["-DSAFETY"];
    // What ends at the first broken invariant takes longer to optimise than to run.
    const effort = variant === undefined ? "-O2" : "-O0";
    await run("gcc", ["-w", effort, "-DCOLLAPSE", "-DMEMLIM=6000", ...mode, "-o", "pan", "pan.c"], cwd);
    const { stdout } = await run("./pan", ["-m50000", ...(endless ? ["-l"] : [])], cwd);
    return read(stdout);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function read(printed: string): Verdict {
  const errors = /errors: (\d+)/.exec(printed)?.[1];
  const states = /(\d+) states, stored/.exec(printed)?.[1];
  const isCut = /max search depth too small|out of memory|Search not completed/.test(printed);
  if (errors === undefined || states === undefined || (isCut && errors === "0"))
    throw new RangeError(`expected a verdict on every state, got:\n${printed}`);
  const invariant = /assertion violated \(broken!=(\d+)\)/.exec(printed)?.[1];
  if (errors !== "0" && invariant === undefined && !/non-progress cycle/.test(printed))
    throw new RangeError(`expected a broken invariant, got:\n${printed}`);
  return {
    states: Number(states),
    broken: errors === "0" ? undefined : Number(invariant ?? 0),
    unreached: [...printed.matchAll(/step\.pml:(\d+), state \d+, "(.*)"/g)].map(
      ([, line, text]) => `${line}: ${text}`,
    ),
  };
}
