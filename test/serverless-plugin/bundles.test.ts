import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { expect, onTestFinished, test } from "vitest";
import { BUNDLE_BUDGET } from "../../infra/package/bundle-budget.ts";
import { readBundles, sizeTable } from "../../infra/package/bundles.ts";

async function folderWith(zips: {
  readonly [key: string]: { readonly [path: string]: number };
}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "bundles-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [key, sizes] of Object.entries(zips)) {
    const files = Object.entries(sizes).map(([path, size]) => [path, new Uint8Array(size)] as const);
    await writeFile(join(folder, `${key}.zip`), zipSync(Object.fromEntries(files)));
  }
  return folder;
}

test("source maps do not count as code, and a function over its budget is told", async () => {
  const { default: least } = BUNDLE_BUDGET;
  const bundles = await readBundles(
    await folderWith({
      flights: { "flights.mjs": 1_500, "flights.mjs.map": 900_000 },
      hotels: { "hotels.mjs": least + 1 },
    }),
  );
  expect(bundles).toMatchObject([
    { key: "flights", codeBytes: 1_500, budgetBytes: least },
    { key: "hotels", codeBytes: least + 1, budgetBytes: least },
  ]);
  const [head, flights, hotels] = sizeTable(bundles);
  expect(head).toMatch(/^function {2}code kB/);
  expect(flights).toMatch(/^flights +1\.5 +[\d.]+ +[\d.]+$/);
  expect(hotels).toMatch(/over its budget$/);
});
