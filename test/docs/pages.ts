import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";

/**
 * Pages of documentation, whose code blocks are excerpts of files that the tests run.
 *
 * The line before a block says where it comes from: a file of `docs/examples`, or with a leading slash any file of
 * the project, and a region of it if not all is shown. `npm run docs` fills the blocks in.
 *
 *     <!-- example: timers.ts#reminder -->
 *     ```ts
 *     ```
 *
 * A region is what stands between `#region name` and its `#endregion` in comments of their own. A block without a
 * language is a drawing and comes from nowhere.
 */
export interface Block {
  readonly line: number;
  readonly language: string;
  /** Undefined when the page does not say. */
  readonly source: string | undefined;
  readonly body: string;
}

export const ROOT = join(import.meta.dirname, "../..");

const BLOCK = /(?:^<!-- example: (\S+) -->\n)?^```(.*)\n((?:(?!```).*\n)*)^```$/gm;
const MARKER = /^\s*(?:\/\/|#|--) #(region|endregion)(?: (\S+))?$/;
const LANGUAGES: { readonly [extension: string]: string } = {
  ".ts": "ts",
  ".sh": "sh",
  ".json": "json",
  ".yml": "yaml",
};

/** Every page of documentation that git knows or would add. */
export function pagesOfDocumentation(): readonly string[] {
  const files = ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"];
  return execFileSync("git", files, { cwd: ROOT, encoding: "utf8" }).trim().split("\n");
}

export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The code blocks of a page, drawings left out. */
export function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(BLOCK)]
    .map(({ 1: source, 2: language = "", 3: body = "", index }) => ({
      line: page.slice(0, index).split("\n").length,
      language,
      source,
      body,
    }))
    .filter(({ language, body }) => language !== "" || !/[│─►▼]/.test(body));
}

/** The page with every block as its file has it. */
export function filledIn(page: string): string {
  return page.replaceAll(BLOCK, (block, source: string | undefined) =>
    source === undefined
      ? block
      : `<!-- example: ${source} -->\n\`\`\`${languageOf(source)}\n${excerptOf(source)}\`\`\``,
  );
}

/** The file of a block, from the project's root. */
export function fileOf(source: string): string {
  const [file = ""] = source.split("#");
  return file.startsWith("/") ? file.slice(1) : join("docs/examples", file);
}

/** The names of the regions of a file. */
export function regionsOf(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const [, kind, name] = MARKER.exec(line) ?? [];
    return kind === "region" && name !== undefined ? [name] : [];
  });
}

function languageOf(source: string): string {
  return LANGUAGES[extname(fileOf(source))] ?? "";
}

/** The lines of a file or region, moved to the left, without the marks of regions. */
function excerptOf(source: string): string {
  const [, region] = source.split("#");
  const all = readPage(fileOf(source)).trimEnd().split("\n");
  const lines = (region === undefined ? all : regionOf(all, region, source)).filter(
    (line) => !MARKER.test(line),
  );
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const indent = Math.min(...indents);
  return `${lines
    .map((line) => line.slice(indent))
    .join("\n")
    .trim()}\n`;
}

function regionOf(lines: readonly string[], region: string, source: string): readonly string[] {
  const from = lines.findIndex((line) => MARKER.exec(line)?.[2] === region);
  let depth = 0;
  for (const [index, line] of lines.entries()) {
    const kind = index < from ? undefined : MARKER.exec(line)?.[1];
    if (kind === "region") depth++;
    if (kind === "endregion" && --depth === 0) return lines.slice(from + 1, index);
  }
  throw new Error(`expected a region ${source}, got none that ends`);
}
