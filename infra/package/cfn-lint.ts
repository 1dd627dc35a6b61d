import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { pythonWith } from "./python.ts";

const PACKAGES = ["cfn-lint==1.58.0"];

/** Findings that are none, each with its reason. */
const IGNORED: { readonly [rule: string]: string } = {
  W3005: "The framework's own template of an HTTP API names a dependency that a reference implies already.",
};

/**
 * Checks a CloudFormation template against AWS's own schemas.
 *
 * @returns what is wrong with it, or nothing
 */
export async function lintTemplate(
  template: string,
  onProgress: (line: string) => void,
): Promise<string | undefined> {
  const bin = await pythonWith(PACKAGES, onProgress);
  const ignore = Object.keys(IGNORED).flatMap((rule) => ["--ignore-checks", rule]);
  try {
    await promisify(execFile)(join(bin, "cfn-lint"), [...ignore, "--", template]);
    return undefined;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    return `${stdout ?? ""}${stderr ?? ""}`.trim() || String(error);
  }
}
