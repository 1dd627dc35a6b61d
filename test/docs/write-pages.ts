import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readMeasurement } from "../costs/measurement.ts";
import { writePage } from "../costs/page.ts";
import { filledIn, pagesOfDocumentation, ROOT, readPage } from "./pages.ts";

/** Writes the code blocks of every page anew from their files, and the tables of costs: `npm run docs`. */
for (const path of pagesOfDocumentation()) {
  const page = readPage(path);
  const filled = filledIn(page);
  if (filled === page) continue;
  writeFileSync(join(ROOT, path), filled);
  console.log(`wrote ${path}`);
}
writePage(readMeasurement());
