import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** A relative import or export of a declaration file, which names source files. */
const RELATIVE = /(?:from\s|import\(|import\s)\s*["'](\.[^"']*)\.[jt]s["']/g;

/** What `exports` of package.json says of an entry that CommonJS may require. */
interface Entry {
  readonly import: { readonly types: string; readonly default: string };
  readonly require: { readonly types: string; readonly default: string };
}

/**
 * Puts beside the compiled package what CommonJS requires of it, below `dist/cjs`: of each entry a file that hands on
 * the ES module itself, so that there is one of each class, and the declarations once more, as those of CommonJS.
 */
export async function writeCommonJs(root: string): Promise<void> {
  const { exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const entries = Object.values<Entry | string>(exports).filter(
    (entry): entry is Entry => typeof entry === "object",
  );
  await put(join(root, "dist/cjs/package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
  const declarations = new Set<string>();
  for (const entry of entries) {
    const types = join(root, entry.import.types);
    const module = relative(dirname(entry.require.default), entry.import.default);
    const hasDefault = (await readFile(types, "utf8")).includes("export default ");
    await put(join(root, entry.require.default), handOn(module, hasDefault));
    await collect(types, declarations);
  }
  const dist = join(root, "dist");
  for (const path of declarations)
    await put(join(dist, "cjs", relative(dist, path)), await readFile(path, "utf8"));
}

/** A module whose exports are those of an ES module, in the form in which its declarations tell them. */
function handOn(module: string, hasDefault: boolean): string {
  const required = `require(${JSON.stringify(module)})`;
  if (!hasDefault) return `module.exports = ${required};\n`;
  return `Object.defineProperty(exports, "__esModule", { value: true });\nexports.default = ${required}.default;\n`;
}

/** Adds a declaration file, and whatever it imports of the package's. */
async function collect(path: string, found: Set<string>): Promise<void> {
  if (found.has(path)) return;
  found.add(path);
  const text = await readFile(path, "utf8");
  for (const [, imported] of text.matchAll(RELATIVE))
    await collect(join(dirname(path), `${imported}.d.ts`), found);
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
