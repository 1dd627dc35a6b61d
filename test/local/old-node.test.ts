import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import InfiniticPlugin from "../../infra/serverless-plugin/index.ts";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import type { DeployedFunction } from "../../infra/serverless-plugin/serverless.ts";
import { nodeVersionFlaw } from "../../lib/node-version.ts";

const ROOT = join(import.meta.dirname, "../..");
const VERSION = "v20.19.4";

/** Makes a Node.js look as one of the 20s does: it has no zstd, and its own version. */
const AS_OLD = `data:text/javascript,${encodeURIComponent(`
  import zlib from "node:zlib";
  import { syncBuiltinESMExports } from "node:module";
  for (const name of Object.keys(zlib).filter((name) => /zstd/i.test(name))) delete zlib[name];
  syncBuiltinESMExports();
  Object.defineProperty(process, "version", { value: "${VERSION}" });
`)}`;

/** Runs a script of this project with such a Node.js. */
async function runOld(...args: readonly string[]) {
  const command = [...["--import", AS_OLD], ...args];
  const done = promisify(execFile)(process.execPath, command, {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  return done.then(
    ({ stdout }) => ({ code: 0, stdout, stderr: "" }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  );
}

const SENTENCE = `infinitic-serverless: expected Node.js 22.15 or later (of 23: 23.8), got ${VERSION}; infinitic-serverless/client alone runs wherever fetch does`;

describe("EDG-90 a Node.js that is too old", () => {
  test("is what engines of the package refuse", async () => {
    const { engines } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    expect(engines).toEqual({ node: "^22.15 || >=23.8" });
    expect(nodeVersionFlaw({}, VERSION)).toBe(SENTENCE);
    expect(nodeVersionFlaw()).toBeUndefined();
  });

  test("is told by infinitic-local in one line, whatever it is asked", async () => {
    for (const args of [[], ["--help"]]) {
      const { code, stdout, stderr } = await runOld("infra/local/infinitic-local.ts", ...args);
      expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: `${SENTENCE}\n` });
    }
  });

  test.each(["lib/index.ts", "lib/testing/index.ts"])("is told by whoever imports %s", async (entry) => {
    const script = `import(${JSON.stringify(join(ROOT, entry))}).catch(({ code, message }) => console.log(JSON.stringify({ code, message })))`;
    const { stdout } = await runOld("--eval", script);
    expect(JSON.parse(stdout)).toEqual({ code: "MISCONFIGURED", message: SENTENCE });
  });

  test.each(["infra/bridge/bridge.ts", "infra/bridge/container.ts"])("is told by %s", async (script) => {
    const { code, stderr } = await runOld(script);
    expect([code, stderr]).toEqual([1, expect.stringContaining(SENTENCE)]);
  });

  test("is told by the plugin, as an error of the framework's own", async () => {
    const script = `
      const { default: Plugin } = await import(${JSON.stringify(join(ROOT, "infra/serverless-plugin/index.ts"))});
      class Told extends Error { constructor(message, code) { super(message); this.code = code; } }
      try { new Plugin({ classes: { Error: Told } }, {}, { log: {} }); }
      catch (error) { console.log(JSON.stringify({ isTold: error instanceof Told, message: error.message })); }
    `;
    const { stdout } = await runOld("--input-type=module", "--eval", script);
    expect(JSON.parse(stdout)).toEqual({ isTold: true, message: SENTENCE });
    expect(InfiniticPlugin.name).toBe("InfiniticPlugin");
  });

  test("does not keep the client alone from running", async () => {
    const script = `import(${JSON.stringify(join(ROOT, "lib/client/index.ts"))}).then(({ InfiniticClient }) => console.log(typeof InfiniticClient))`;
    expect((await runOld("--eval", script)).stdout).toBe("function\n");
  });

  test("is not told by itself, as no file asks for zstd by its name", async () => {
    for (const folder of ["lib", "infra"]) {
      const files = await readdir(join(ROOT, folder), { recursive: true });
      for (const file of files.filter((name) => name.endsWith(".ts"))) {
        const text = await readFile(join(ROOT, folder, file), "utf8");
        expect([file, /import \{[^}]*zstd[^}]*\}/i.test(text)]).toEqual([file, false]);
      }
    }
  });

  test("of a function is refused before anything is deployed", () => {
    const plan =
      (runtime: string | undefined, functions: { [key: string]: Partial<DeployedFunction> }) => () =>
        planOf({
          service: "shop",
          provider: { stage: "dev", ...(runtime !== undefined && { runtime }) },
          functions: Object.fromEntries(
            Object.entries(functions).map(([key, one]) => [key, { name: `shop-dev-${key}`, ...one }]),
          ),
          custom: { infinitic: { pulsar: { webUrl: "http://pulsar" } } },
        });
    const service = { events: [{ pulsar: { service: "Payments" } }] };
    const handler = { events: [{ pulsar: { topic: "orders" } }] };
    for (const runtime of ["nodejs18.x", "nodejs20.x"]) {
      const told = `provider.runtime: expected runtime nodejs22.x or later, got ${runtime}`;
      expect(plan(runtime, { payments: service })).toThrow(told);
      expect(plan(runtime, { api: {} })).toThrow(told);
      expect(plan("nodejs24.x", { payments: { ...service, runtime } })).toThrow(
        told.replace("provider.runtime", "function payments"),
      );
    }
    for (const runtime of [undefined, "nodejs22.x", "nodejs24.x", "nodejs26.x", "provided.al2023"])
      expect(plan(runtime, { payments: service, api: {} })).not.toThrow();
    expect(
      plan("nodejs24.x", { payments: service, audit: { ...handler, runtime: "nodejs20.x" } }),
    ).not.toThrow();
    expect(
      plan("nodejs24.x", { payments: service, audit: { ...handler, runtime: "python3.13" } }),
    ).not.toThrow();
  });
});
