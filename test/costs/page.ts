import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Measurement } from "./measurement.ts";
import { tablesOf } from "./tables.ts";

const PAGE = join(import.meta.dirname, "../../docs/costs.md");
const BETWEEN = /(<!-- costs -->\n)[\s\S]*?(\n<!-- end of costs -->)/;

/** The page of costs as it is. */
export function readCostsPage(): string {
  return readFileSync(PAGE, "utf8");
}

/** The page with the tables of a measurement. */
export function pageWith(measured: Measurement, page: string): string {
  const { measuredOn, machine } = measured;
  const origin = `Measured on ${measuredOn}, on ${machine}.`;
  return page.replace(
    BETWEEN,
    (_, begin: string, end: string) => `${begin}${origin}\n\n${tablesOf(measured)}${end}`,
  );
}

/** Writes the tables of a measurement into the page. */
export function writePage(measured: Measurement): void {
  writeFileSync(PAGE, pageWith(measured, readCostsPage()));
}
