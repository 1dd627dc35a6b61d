import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findRuntime } from "../infra/local/java.ts";
import { hasPython } from "../infra/package/python.ts";

/** A tool of the machine that some tests need. */
interface Tool {
  readonly needs: string;
  /** What is not tested where it is missing. */
  readonly leavesOut: string;
  readonly isHere: () => Promise<boolean>;
}

const TOOLS = {
  java: {
    needs: "Java 17 with Maven, or Docker",
    leavesOut: "tests on the real Pulsar and DynamoDB Local",
    isHere: async () => (await findRuntime()).kind !== "missing",
  },
  python: {
    needs: "Python 3 with venv",
    leavesOut: "cfn-lint, hadolint, Schemathesis and the deployment to an emulator of AWS",
    isHere: hasPython,
  },
  spin: { needs: "spin", leavesOut: "the model of the step", isHere: () => succeeds("spin", "-V") },
  gcc: { needs: "gcc", leavesOut: "the model of the step", isHere: () => succeeds("gcc", "--version") },
  curl: {
    needs: "curl",
    leavesOut: "the curl lines of the documentation",
    isHere: () => succeeds("curl", "--version"),
  },
} as const satisfies { readonly [name: string]: Tool };

type ToolName = keyof typeof TOOLS;

/** Tells whether tests that need a tool run: where it is, and always in CI, where a missing tool fails them. */
export async function canUse(...names: readonly ToolName[]): Promise<boolean> {
  if (process.env["CI"] === "true") return true;
  const found = await Promise.all(names.map((name) => TOOLS[name].isHere()));
  return found.every(Boolean);
}

/** One line for each tool that this machine does not have. */
export async function missingTools(): Promise<readonly string[]> {
  const lines = Object.values<Tool>(TOOLS).map(async ({ needs, leavesOut, isHere }) =>
    (await isHere()) ? [] : [`not on this machine: ${needs}; left out: ${leavesOut}`],
  );
  return (await Promise.all(lines)).flat();
}

async function succeeds(command: string, argument: string): Promise<boolean> {
  return promisify(execFile)(command, [argument]).then(
    () => true,
    () => false,
  );
}
