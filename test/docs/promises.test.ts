import { describe, expect, test } from "vitest";
import { pagesOfDocumentation, readPage } from "./pages.ts";
import { isReport, passagesOf, textOfTests } from "./promises.ts";

const titles = textOfTests();
const pages = pagesOfDocumentation().filter((path) => !isReport(path));

describe.each(pages)("%s", (path) => {
  const passages = passagesOf(readPage(path));

  test("names, after each passage that promises a behaviour, tests that are there", () => {
    const named = passages.flatMap(({ line, tests = [] }) => tests.map((title) => ({ line, title })));
    expect(named.filter(({ title }) => !titles.includes(title))).toEqual([]);
  });

  test("says after each passage which tests show it, or that it promises nothing", () => {
    const unmarked = passages.filter(({ tests }) => tests === undefined);
    expect(unmarked.map(({ line, text }) => `${line}: ${text.split("\n")[0]}`)).toEqual([]);
  });
});

test("passages are found, with the tests named after them", () => {
  const page = [
    "# A page",
    "",
    "It does this.",
    "<!-- tested: TIM-01 | does that -->",
    "",
    "```ts",
    "const code = 1;",
    "```",
    "",
    "| a | table |",
    "|---|---|",
    "",
    "Take care.",
    "<!-- advice -->",
  ].join("\n");
  expect(passagesOf(page)).toEqual([
    { line: 3, text: "It does this.", tests: ["TIM-01", "does that"] },
    { line: 10, text: "| a | table |\n|---|---|", tests: undefined },
    { line: 13, text: "Take care.", tests: [] },
  ]);
});
