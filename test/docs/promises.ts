import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./pages.ts";

/**
 * What pages promise, and the tests that show it.
 *
 * The line after a paragraph, a list or a table names tests that check what it says, by a part of their titles, or
 * says why there is none: it gives a reason, or a piece of advice, and promises nothing.
 *
 *     A signal goes to exactly one await.
 *     <!-- tested: CHA-23 | CHA-24 -->
 *
 *     Choose small batches first.
 *     <!-- advice -->
 */
export interface Passage {
  readonly line: number;
  readonly text: string;
  /** Parts of the titles of tests; empty where the page says that the passage promises nothing. */
  readonly tests: readonly string[] | undefined;
}

/** Pages that say how the system is checked or measured, what was decided, or who reports what to whom. */
const REPORTS =
  /^(docs\/(decisions\/.*|model|recorded|reliability|simulation|costs)|CONTRIBUTING|test\/.*)\.md$/;
const MARK = /^<!-- (?:tested: (.+)|(advice)) -->$/;
const CODE = /^```[\s\S]*?^```$/gm;

export const isReport = (path: string): boolean => REPORTS.test(path);

/** The passages of a page that say something: headings, code and comments left out. */
export function passagesOf(page: string): readonly Passage[] {
  const lines = page.replace(CODE, (block) => block.replace(/[^\n]/g, "")).split("\n");
  const passages: Passage[] = [];
  let start = 0;
  for (let index = 0; index <= lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (line !== "" && !line.startsWith("#")) continue;
    const block = lines.slice(start, index).filter((one) => one !== "");
    const mark = MARK.exec(block.at(-1) ?? "");
    const text = block.filter((one) => !one.startsWith("<!--")).join("\n");
    const tests = mark ? (mark[1]?.split(" | ") ?? []) : undefined;
    if (text !== "") passages.push({ line: start + 1, text, tests });
    start = index + 1;
  }
  return passages;
}

/** The source of all tests, in which titles are looked for. */
export function textOfTests(): string {
  const files = globSync(["test/**/*.ts", "docs/examples/*.test.ts"], { cwd: ROOT });
  return files.map((file) => readFileSync(join(ROOT, file), "utf8")).join("\n");
}
