import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const BIOME = join(ROOT, "node_modules/@biomejs/biome/bin/biome");

const LAYERS = {
  core: [],
  ports: ["core"],
  instance: ["ports", "core"],
  runtime: ["instance", "ports", "core"],
  workflow: ["runtime", "core"],
  client: ["core"],
  adapters: ["ports", "core"],
  bridge: ["ports", "core"],
  engine: ["workflow", "runtime", "instance", "ports", "core"],
  service: ["ports", "core"],
  http: ["instance", "ports", "core"],
  lambda: [
    "engine",
    "bridge",
    "service",
    "http",
    "workflow",
    "runtime",
    "instance",
    "adapters",
    "ports",
    "core",
  ],
  testing: [
    "engine",
    "bridge",
    "service",
    "http",
    "workflow",
    "runtime",
    "instance",
    "client",
    "adapters",
    "ports",
    "core",
  ],
} as const;
type Layer = keyof typeof LAYERS;
const layers = Object.keys(LAYERS) as Layer[];
const above = ["functions", "infra", "test"];

interface Probe {
  readonly path: string;
  readonly code: string;
  /** The rule that must refuse it; absent: the linter must accept it. */
  readonly rule?: string;
}

const imports = (path: string, target: string, rule?: string): Probe => ({
  path,
  code: `import { thing } from "${target}";\nexport const other = thing;\n`,
  ...(rule === undefined ? {} : { rule }),
});
const IMPORT = "lint/style/noRestrictedImports";
const GLOBAL = "lint/style/noRestrictedGlobals";

const between: readonly Probe[] = layers.flatMap((from) => [
  ...layers
    .filter((to) => to !== from)
    .flatMap((to) => {
      const rule = (LAYERS[from] as readonly Layer[]).includes(to) ? undefined : IMPORT;
      return [
        imports(`lib/${from}/to-${to}.ts`, `../${to}/thing.ts`, rule),
        imports(`lib/${from}/deep/to-${to}.ts`, `../../${to}/deep/thing.ts`, rule),
      ];
    }),
  ...above.map((to) => imports(`lib/${from}/to-${to}.ts`, `../../${to}/thing.ts`, IMPORT)),
  imports(`lib/${from}/to-index.ts`, "../index.ts", IMPORT),
  imports(`lib/${from}/to-sibling.ts`, "./thing.ts"),
  imports(`lib/${from}/deep/to-parent.ts`, "../thing.ts"),
]);

const outside: readonly Probe[] = [
  ...layers
    .filter((to) => to !== "testing")
    .flatMap((to) => [
      imports(`functions/booking/to-${to}.ts`, `../../lib/${to}/thing.ts`),
      imports(`infra/local/to-${to}.ts`, `../../lib/${to}/thing.ts`),
    ]),
  imports("functions/to-testing.ts", "../lib/testing/thing.ts", IMPORT),
  imports("functions/to-infra.ts", "../infra/thing.ts", IMPORT),
  imports("functions/to-test.ts", "../test/thing.ts", IMPORT),
  imports("infra/local/to-testing.ts", "../../lib/testing/thing.ts", IMPORT),
  imports("infra/local/to-test.ts", "../../test/thing.ts", IMPORT),
  imports("infra/local/to-functions.ts", "../../functions/thing.ts"),
  imports("test/core/to-testing.ts", "../../lib/testing/thing.ts"),
  imports("test/core/to-adapters.ts", "../../lib/adapters/memory/thing.ts"),
];

const wordings: readonly Probe[] = [
  {
    path: "lib/engine/as-type.ts",
    code: 'import type { A } from "../bridge/a.ts";\nexport type B = A;\n',
    rule: IMPORT,
  },
  { path: "lib/engine/as-export.ts", code: 'export { a } from "../bridge/a.ts";\n', rule: IMPORT },
  { path: "lib/engine/as-effect.ts", code: 'import "../bridge/a.ts";\n', rule: IMPORT },
  { path: "lib/engine/as-call.ts", code: 'export const a = await import("../bridge/a.ts");\n', rule: IMPORT },
  {
    path: "lib/engine/as-type-call.ts",
    code: 'export type A = import("../bridge/a.ts").A;\n',
    rule: "plugin",
  },
  imports("lib/engine/by-detour.ts", "./../bridge/a.ts", "plugin"),
  imports("lib/engine/by-long-detour.ts", "./deep/../../bridge/a.ts", "plugin"),
];

const purity: readonly Probe[] = [
  imports("lib/core/to-npm.ts", "zod", IMPORT),
  imports("lib/core/to-node.ts", "node:crypto", IMPORT),
  ...[
    "Date.now()",
    "process.env",
    "fetch",
    "crypto.randomUUID()",
    "setTimeout",
    "Buffer",
    "console",
    "performance",
  ].map((use, n) => ({ path: `lib/core/global-${n}.ts`, code: `export const it = ${use};\n`, rule: GLOBAL })),
  { path: "lib/core/values/random.ts", code: "export const it = Math.random();\n", rule: "plugin" },
  {
    path: "lib/core/hidden-random.ts",
    code: "const { random } = Math;\nexport const it = random();\n",
    rule: "plugin",
  },
  { path: "lib/core/floor.ts", code: "export const it = Math.floor(1.5);\n" },
];

const habits: readonly Probe[] = [
  { path: "lib/engine/any.ts", code: "export const it: any = 1;\n", rule: "lint/suspicious/noExplicitAny" },
  {
    path: "lib/engine/long.ts",
    code: "export {};\n\n".repeat(151),
    rule: "lint/style/noExcessiveLinesPerFile",
  },
  {
    path: "lib/engine/stars.ts",
    code: 'export * from "./any.ts";\n',
    rule: "lint/performance/noReExportAll",
  },
  {
    path: "lib/engine/floating.ts",
    code: "async function work() {\n  return 1;\n}\nexport function start() {\n  work();\n}\n",
    rule: "lint/nursery/noFloatingPromises",
  },
  { ...imports("lib/engine/one.ts", "./two.ts", "lint/suspicious/noImportCycles") },
  { path: "lib/engine/two.ts", code: 'import { other } from "./one.ts";\nexport const thing = other;\n' },
];

let house: string;
/** The rules that each probe broke, by path. */
const broken = new Map<string, string[]>();

beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), "house-"));
  for (const part of ["biome.json", ".gitignore", "test/house"])
    await cp(join(ROOT, part), join(house, part), { recursive: true });
  for (const { path, code } of [...between, ...outside, ...wordings, ...purity, ...habits]) {
    await mkdir(dirname(join(house, path)), { recursive: true });
    await writeFile(join(house, path), code);
  }
  const lint = promisify(execFile)(
    process.execPath,
    [BIOME, "lint", "--reporter=github", "--max-diagnostics=none", "."],
    { cwd: house, maxBuffer: 1e8 },
  );
  const { stdout } = await lint.catch((error: { stdout: string }) => error);
  for (const [, rule = "", path = ""] of stdout.matchAll(/^::error title=([^,]*),file=([^,]*),/gm)) {
    const short = path.slice(path.indexOf(house) + house.length + 1);
    broken.set(short, [...(broken.get(short) ?? []), rule]);
  }
}, 60_000);

afterAll(() => rm(house, { recursive: true, force: true }));

describe.each([
  ["between layers of lib", between],
  ["from outside lib", outside],
  ["in every wording of an import", wordings],
  ["in the pure core", purity],
  ["of habit", habits],
])("the linter, %s,", (_, probes) => {
  test.each(probes.filter(({ rule }) => rule !== undefined))("refuses $path", ({ path, rule }) => {
    expect(broken.get(path)).toContain(rule);
  });

  test.each(probes.filter(({ rule }) => rule === undefined))("accepts $path", ({ path }) => {
    expect(broken.get(path) ?? []).not.toContain(IMPORT);
  });
});

test("every folder of lib is a layer with a direction", async () => {
  const folders = (await readdir(join(ROOT, "lib"), { withFileTypes: true })).filter((it) =>
    it.isDirectory(),
  );
  expect(layers).toEqual(expect.arrayContaining(folders.map(({ name }) => name)));
});
