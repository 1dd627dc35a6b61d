import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readMeasurement } from "../costs/measurement.ts";
import { writePage } from "../costs/page.ts";
import { filledIn, pagesOfDocumentation, ROOT, readPage } from "./pages.ts";
import { isReport, passagesOf } from "./promises.ts";

/** Writes the code blocks of every page anew from their files, and the tables of costs, and prints each passage that names no test: `npm run docs`. */
for (const path of pagesOfDocumentation()) {
  const page = readPage(path);
  const filled = filledIn(page);
  if (filled === page) continue;
  writeFileSync(join(ROOT, path), filled);
  console.log(`wrote ${path}`);
}
writePage(readMeasurement());

for (const path of pagesOfDocumentation().filter((one) => !isReport(one))) {
  for (const { line, text, tests } of passagesOf(readPage(path)))
    if (tests === undefined) console.log(`${path}:${line} promises without a test: ${text.split("\n")[0]}`);
}
