import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ERRORS } from "../../lib/core/values/errors.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** Every TypeScript file of the product that git knows or would add. */
const sources = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "lib/*.ts", "functions/*.ts", "infra/*.ts"],
  { cwd: ROOT, encoding: "utf8" },
)
  .split("\n")
  .filter((path) => path !== "");

const offenders = (pattern: RegExp, within = ""): string[] =>
  sources.filter((path) => path.startsWith(within) && pattern.test(read(path)));

test("no linter rule is switched off in the product for lines, types or imports", () => {
  const shielded =
    "noExcessiveLinesPerFile|noExplicitAny|noRestrictedImports|noRestrictedGlobals|noImportCycles|plugin";
  expect(offenders(new RegExp(`biome-ignore(-all|-start)? lint(/[a-z]+)?(/(${shielded}))?(:| )`))).toEqual(
    [],
  );
  expect(offenders(/@ts-(ignore|nocheck)/)).toEqual([]);
});

test("no file of the product is longer than 300 lines", () => {
  expect(sources.filter((path) => read(path).split("\n").length > 301)).toEqual([]);
});

test("no file of the product is named for nothing in particular", () => {
  expect(sources.filter((path) => /(^|[/-])(utils?|common|helpers?|misc)(\.|-|\/)/.test(path))).toEqual([]);
});

test("the core imports nothing from outside itself", () => {
  const outside = [...sources]
    .filter((path) => path.startsWith("lib/core/"))
    .flatMap((path) =>
      [...read(path).matchAll(/(?<!["'])\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g)].map(([, it = ""]) =>
        it.startsWith(".") ? join(dirname(path), it) : it,
      ),
    )
    .filter((target) => !target.startsWith("lib/core/"));
  expect(outside).toEqual([]);
});

test("the product throws errors of the catalogue, never a bare one", () => {
  // The sample is a user's code: its errors are its own.
  const isOurs = (path: string): boolean => !path.startsWith("functions/booking/");
  expect(offenders(/throw new (Error|TypeError|RangeError)\(/).filter(isOurs)).toEqual([]);
});

test("the page of errors agrees with the catalogue", () => {
  const rows = [...read("docs/errors.md").matchAll(/^\| `(\w+)` \| `(\w+)` \| (\w+) \| (.{40,}) \|$/gm)];
  const page = Object.fromEntries(rows.map(([, code = "", name, act]) => [code, { name, act }]));
  expect(page).toEqual(ERRORS);
  expect(rows.map(([, code]) => code)).toEqual(Object.keys(ERRORS));
});
