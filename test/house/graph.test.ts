import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path";
import { beforeAll, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
/** The folders of the core, the lowest first: each imports itself and those before it. */
const CORE = ["values", "contract", "protocol", "commands", "model"];
const IMPORT = /(?:\bfrom|\bimport\(?)\s*"(\.[^"]+\.ts)"/g;

/** The files that each file imports, for types or for values, by path from the root. */
const graph = new Map<string, readonly string[]>();

beforeAll(async () => {
  for await (const path of glob("{lib,infra,functions}/**/*.ts", { cwd: ROOT })) {
    const source = readFileSync(join(ROOT, path), "utf8");
    const imported = [...source.matchAll(IMPORT)].map(([, to = ""]) => normalize(join(dirname(path), to)));
    graph.set(path, imported);
  }
});

/** Gives a circle of files that leads through one of them; undefined when there is none. */
function findCircle(imports: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next, [...way, file]);
      if (circle) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = visit(file, []);
    if (circle) return circle;
  }
  return undefined;
}

test("no files import each other in a circle, not even for types", () => {
  expect(graph.size).toBeGreaterThan(300);
  expect(findCircle(graph)).toBeUndefined();
});

test("a circle of files would be found", () => {
  const files = { "a.ts": ["b.ts", "c.ts"], "b.ts": [], "c.ts": ["d.ts"], "d.ts": ["a.ts"] };
  expect(findCircle(new Map(Object.entries(files)))).toEqual(["a.ts", "c.ts", "d.ts", "a.ts"]);
});

test("every import leads to a file", () => {
  const missing = [...graph].flatMap(([file, imports]) =>
    imports.filter((to) => !graph.has(to) && !to.endsWith(".d.ts")).map((to) => `${file} → ${to}`),
  );
  expect(missing).toEqual([]);
});

test("within the core, imports go down from the model to values", () => {
  const folderOf = (file: string): number => CORE.indexOf(relative("lib/core", file).split("/")[0] ?? "");
  const upward = [...graph]
    .filter(([file]) => file.startsWith("lib/core/"))
    .flatMap(([file, imports]) =>
      imports
        .filter((to) => folderOf(to) > folderOf(file) || folderOf(file) < 0)
        .map((to) => `${file} → ${to}`),
    );
  expect(upward).toEqual([]);
});
