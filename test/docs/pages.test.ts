import { existsSync, globSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { CUSTOM, PULSAR_EVENT } from "../../infra/serverless-plugin/schemas.ts";
import { blocksOf, fileOf, filledIn, pagesOfDocumentation, ROOT, readPage, regionsOf } from "./pages.ts";

const pages = pagesOfDocumentation();
const sources = pages.flatMap((path) => blocksOf(readPage(path)).map(({ source }) => source ?? ""));

describe.each(pages)("%s", (path) => {
  const page = readPage(path);

  test("has no code block that comes from no file", () => {
    const strays = blocksOf(page).filter(({ source }) => source === undefined);
    expect(strays.map(({ line, language }) => `${path}:${line} ${language}`)).toEqual([]);
  });

  test("has its code blocks as their files have them; `npm run docs` sees to it", () => {
    expect(page).toBe(filledIn(page));
  });

  test("has no fence that is not at the beginning of a line", () => {
    expect(page).not.toMatch(/^[ \t>]+```|^~~~/m);
  });

  test("links to files and headings that exist", () => {
    const broken = [...page.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].filter(
      ([, file = "", heading]) => {
        const target = file === "" ? path : join(dirname(path), file);
        if (!existsSync(join(ROOT, target))) return true;
        return heading !== undefined && !headingsOf(readPage(target)).includes(heading);
      },
    );
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

test("every example is shown, and run by a test", () => {
  const shown = new Set(sources.map(fileOf));
  const tests = globSync("test/docs/*.test.ts", { cwd: ROOT }).map(readPage).join("\n");
  const examples = readdirSync(join(ROOT, "docs/examples"), { recursive: true, encoding: "utf8" }).filter(
    (name) => /\.\w+$/.test(name),
  );
  const isRun = (name: string): boolean =>
    name.endsWith(".test.ts") || tests.includes(`docs/examples/${name}"`);
  expect(examples.filter((name) => !shown.has(`docs/examples/${name}`))).toEqual([]);
  expect(examples.filter((name) => /\.ts$/.test(name) && !isRun(name))).toEqual([]);
});

test("every region of an example is shown", () => {
  const files = [...new Set(sources.map(fileOf))];
  const regions = files.flatMap((file) => regionsOf(readPage(file)).map((region) => `${file}#${region}`));
  const shown = sources.map((source) => `${fileOf(source)}#${source.split("#")[1]}`);
  expect(regions.filter((region) => !shown.includes(region))).toEqual([]);
});

test("the page of functions has every setting and every field of the event", () => {
  const rows = [...readPage("docs/functions.md").matchAll(/^\| ((?:`\w+`(?:, | or )?)+) \|/gm)];
  const named = rows.flatMap(([, names = ""]) => [...names.matchAll(/\w+(?=`)/g)].map(([name]) => name));
  const settings = Object.keys(CUSTOM.properties.infinitic.properties);
  expect(named.toSorted()).toEqual([...settings, ...Object.keys(PULSAR_EVENT.properties)].toSorted());
});

/** The anchors of a page's headings, as GitHub makes them. */
function headingsOf(page: string): readonly string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
