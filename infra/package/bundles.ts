import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { BUNDLE_BUDGET } from "./bundle-budget.ts";

/** What is deployed of one function. */
export interface Bundle {
  /** Of the function in `serverless.yml`. */
  readonly key: string;
  readonly files: { readonly [path: string]: Uint8Array };
  /** Of its code without source maps, in bytes. */
  readonly codeBytes: number;
  readonly zipBytes: number;
  readonly budgetBytes: number;
}

/** Reads the packages of all functions from a folder that `serverless package` has filled. */
export async function readBundles(packageFolder: string): Promise<readonly Bundle[]> {
  const zips = (await readdir(packageFolder)).filter((name) => name.endsWith(".zip")).sort();
  return Promise.all(
    zips.map(async (name) => bundleOf(name.slice(0, -4), await readFile(join(packageFolder, name)))),
  );
}

function bundleOf(key: string, zip: Uint8Array): Bundle {
  const files = unzipSync(zip);
  const code = Object.keys(files).filter((path) => path.endsWith(".mjs"));
  return {
    key,
    files,
    codeBytes: code.reduce((sum, path) => sum + (files[path]?.length ?? 0), 0),
    zipBytes: zip.length,
    budgetBytes: budgetOf(key),
  };
}

function budgetOf(key: string): number {
  const budgets: { readonly [key: string]: number } = BUNDLE_BUDGET;
  return budgets[key] ?? BUNDLE_BUDGET.default;
}

/** Tells the sizes of bundles as lines of a table, in kB. */
export function sizeTable(bundles: readonly Bundle[]): readonly string[] {
  const rows = bundles.map(({ key, codeBytes, budgetBytes, zipBytes }) => [
    key,
    kilobytes(codeBytes),
    kilobytes(budgetBytes),
    kilobytes(zipBytes),
    codeBytes > budgetBytes ? "over its budget" : "",
  ]);
  const table = [["function", "code kB", "budget", "zip kB", ""], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

const kilobytes = (bytes: number): string => (bytes / 1_000).toFixed(1);
