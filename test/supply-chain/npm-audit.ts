import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** What the registry knows; `unknown`: it gives no audits, or cannot be reached. */
export interface Audit {
  readonly verdict: "clean" | "vulnerable" | "unknown";
  readonly said: string;
}

interface Report {
  readonly metadata?: { readonly vulnerabilities: { readonly total: number } };
  readonly vulnerabilities?: { readonly [name: string]: { readonly severity: string } };
  readonly message?: string;
  readonly error?: { readonly summary?: string; readonly detail?: string };
}

const ROOT = join(import.meta.dirname, "../..");

/** Runs `npm audit` on the production dependencies. */
export async function audit(): Promise<Audit> {
  const args = ["audit", "--omit=dev", "--json", "--no-fund"];
  const { stdout, stderr } = await promisify(execFile)("npm", args, { cwd: ROOT }).catch(
    (error: { stdout?: string; stderr?: string }) => ({ stdout: "", stderr: String(error), ...error }),
  );
  return auditOf(stdout, stderr);
}

/** Reads what `npm audit --json` printed. */
export function auditOf(stdout: string, stderr = ""): Audit {
  const report = parsed(stdout);
  const { metadata, vulnerabilities = {}, message, error } = report;
  if (metadata === undefined) {
    const why = error?.summary || error?.detail || message || stderr || "it said nothing";
    return { verdict: "unknown", said: `Nothing is known: the registry gives no audits (${why.trim()})` };
  }
  const found = Object.entries(vulnerabilities).map(([name, { severity }]) => `${name}: ${severity}`);
  return metadata.vulnerabilities.total === 0
    ? { verdict: "clean", said: "Nothing is known against the production dependencies" }
    : { verdict: "vulnerable", said: `Vulnerable: ${found.join(", ")}` };
}

function parsed(text: string): Report {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return {};
  }
}
