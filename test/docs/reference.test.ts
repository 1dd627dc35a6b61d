import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { ROOT, readPage } from "./pages.ts";

/** Where code runs that docblocks may quote: the pages' examples, their tests, and the sample. */
const RUN = ["docs/examples/**/*.ts", "test/docs/*.ts", "functions/*.ts"];
const EXPORT = /^export (type )?\{([^}]*)\} from "([^"]+)"/gm;
const DOCBLOCK = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n(.*)/g;

/** The public values of the package, each with the file that it is in. */
const publicValues = ["lib/index.ts", "lib/testing/index.ts"].flatMap((index) =>
  [...readPage(index).matchAll(EXPORT)].flatMap(([, isType, names = "", file = ""]) =>
    names
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && !isType && !name.startsWith("type "))
      .map((name) => ({ name, file: join(dirname(index), file) })),
  ),
);

/** Errors that the system makes: nobody calls them. */
const isRaised = (name: string): boolean =>
  name === "ERRORS" || (name.endsWith("Error") && !["InfiniticError", "NonRetryableError"].includes(name));

const run = RUN.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).map((file) => bare(readPage(file)));

test.each(publicValues.filter(({ name }) => !isRaised(name)))(
  "the docblock of $name has an example, and each example is code that runs",
  ({ name, file }) => {
    const examples = docblocksOf(file, name).flatMap(examplesOf);
    expect(examples.length).toBeGreaterThan(0);
    expect(examples.filter((example) => !run.some((code) => code.includes(bare(example))))).toEqual([]);
  },
);

test("a manual clock wakes who sleeps when it is pushed", async () => {
  const clock = new ManualClock();
  const slept = clock.sleep(1_000);
  await clock.advance(1_000);
  await slept;
  expect(clock.now()).toBe(Date.UTC(2026, 0, 1) + 1_000);
});

/** The docblocks of a declaration and, when it is a class, of its members. */
function docblocksOf(file: string, name: string): readonly string[] {
  const text = readPage(file);
  const own = new RegExp(`^export (abstract )?(function|class|const) ${name}\\b`);
  const start = [...text.matchAll(DOCBLOCK)].find(([, line = ""]) => own.test(line));
  if (!start) return [];
  const end = text.indexOf("\n}\n", start.index);
  const isClass = /class/.test(start[1] ?? "");
  const members = isClass
    ? [...text.slice(start.index + start[0].length, end).matchAll(/\/\*\*(?:(?!\*\/)[\s\S])*\*\//g)]
    : [];
  return [start[0].slice(0, start[0].lastIndexOf("*/")), ...members.map(([docblock]) => docblock)];
}

function examplesOf(docblock: string): readonly string[] {
  const lines = docblock
    .replace(/\*\/$/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, ""));
  const [, ...parts] = lines.join("\n").split(/^@/m);
  return parts.filter((part) => part.startsWith("example")).map((part) => part.slice("example".length));
}

/** Code without comments and without what a formatter may change. */
function bare(code: string): string {
  return code
    .replace(/(^|\s)\/\/ .*$/gm, "")
    .replace(/\s+/g, "")
    .replace(/,(?=[)\]}])/g, "");
}
