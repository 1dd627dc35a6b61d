import { join } from "node:path";
import vm from "node:vm";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as client from "../../lib/client/index.ts";
import * as entry from "../../lib/index.ts";
import { startWorld, type World } from "../http/world.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Bytes, minified and compressed as servers send it. */
const BUDGET = 11_000;

const main: { readonly [name: string]: unknown } = entry;

let world: World;
let code: string;
let imported: readonly string[];
beforeAll(async () => {
  world = await startWorld();
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["lib/client/index.ts"],
    bundle: true,
    minify: true,
    platform: "browser",
    target: "es2022",
    format: "iife",
    globalName: "infinitic",
    metafile: true,
    write: false,
  });
  code = outputFiles[0]?.text ?? "";
  imported = Object.entries(metafile.inputs).flatMap(([path, { imports }]) => [
    path,
    ...imports.map(({ path }) => path),
  ]);
});
afterAll(() => world.close());

/** What a script of the client's callers does, in another realm. */
const SCRIPT = `(async () => {
  const { InfiniticClient, defineWorkflow, defineService, hasCode, WorkflowFailedError } = infinitic;
  const Visit = defineWorkflow("Visit");
  const Desk = defineService("Desk");
  const client = new InfiniticClient({ url: "http://api/v1", ...options });
  const run = await client.newWorkflow(Visit).run("Ann");
  const flow = await client.newWorkflow(Visit, { tags: ["t"] }).dispatch.wait();
  const again = client.getWorkflowById(Visit, flow.workflowId);
  await again.approved.send(true);
  const approved = await flow.result({ timeout: "20s" });
  const failed = await client.newWorkflow(Visit).fail().catch((error) => error);
  const task = await client.newService(Desk).greet("Bea");
  const unknown = await client.getTask("none").describe().catch((error) => error);
  return JSON.stringify({
    run, approved, task, cause: failed.cause.name, isOurs: failed instanceof WorkflowFailedError,
    isUnknown: hasCode(unknown, "TASK_UNKNOWN"), status: (await again.describe()).status,
  });
})()`;
const SEEN = {
  run: "hello Ann",
  approved: true,
  task: "hello Bea",
  cause: "RangeError",
  isOurs: true,
  isUnknown: true,
  status: "completed",
};

/** What browsers and Node.js 20 do not have, or have not had for long. */
const YOUNG = `
  delete Promise.withResolvers; delete Promise.try; delete Object.groupBy; delete Map.groupBy; delete Array.fromAsync;
  for (const name of ["union", "difference", "intersection", "isSubsetOf"]) delete Set.prototype[name];
  for (const name of ["toSorted", "toReversed", "toSpliced", "with", "findLast"]) delete Array.prototype[name];
  for (const name of ["isWellFormed", "toWellFormed"]) delete String.prototype[name];
  for (const name of ["Iterator", "SuppressedError", "DisposableStack", "AsyncDisposableStack"]) delete globalThis[name];
`;

const PLATFORM = { URL, URLSearchParams, AbortController, setTimeout, clearTimeout };
const inRealm = (globals: object, options: object = {}): Promise<string> =>
  vm.runInNewContext(`${YOUNG}${code}\n;${SCRIPT}`, { ...PLATFORM, ...globals, options });

/** Takes the bytes of another realm. */
function fill(bytes: Uint8Array): Uint8Array {
  bytes.set(crypto.getRandomValues(new Uint8Array(bytes.length)));
  return bytes;
}

describe("EDG-90 infinitic-serverless/client", () => {
  test("imports nothing but its own code and the core's", () => {
    expect(imported.filter((path) => !/^lib\/(client|core)\/[\w/-]+\.ts$/.test(path))).toEqual([]);
    expect(code).not.toMatch(/node:|\brequire\(|\bprocess\b|\bBuffer\b/);
  });

  test(`takes at most ${BUDGET} bytes of a page`, () => {
    expect(gzipSync(code).length).toBeLessThanOrEqual(BUDGET);
  });

  test("works with fetch, timers, URL, AbortController and crypto alone", async () => {
    expect(JSON.parse(await inRealm({ fetch: world.fetch, crypto }))).toEqual(SEEN);
  });

  test("works on a page that came by plain HTTP, and without crypto", async () => {
    for (const globals of [{ crypto: { getRandomValues: fill } }, {}])
      expect(JSON.parse(await inRealm({ fetch: world.fetch, ...globals }))).toEqual(SEEN);
  });

  test("makes another key for each call, whatever it is made of", async () => {
    for (const globals of [{}, { crypto: { getRandomValues: fill } }]) {
      const keys: unknown[] = [];
      const fetch = (
        _url: string,
        { headers }: { readonly headers: { readonly [name: string]: string } },
      ) => {
        keys.push(headers["idempotency-key"]);
        return Promise.reject(new Error("no network"));
      };
      const clock = { now: () => 0, sleep: () => new Promise(() => undefined) };
      const script = `${YOUNG}${code}
        const { InfiniticClient } = infinitic;
        const client = new InfiniticClient({ url: "http://api", fetch, clock });
        for (let nth = 0; nth < 50; nth++) void client.heartbeat("task");`;
      vm.runInNewContext(script, { ...PLATFORM, ...globals, fetch, clock });
      await expect.poll(() => keys.length).toBe(50);
      expect(new Set(keys).size).toBe(50);
      for (const key of keys)
        expect(key).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/);
    }
  });

  test("works with a fetch that it is given", async () => {
    expect(JSON.parse(await inRealm({ crypto }, { fetch: world.fetch }))).toEqual(SEEN);
  });

  test("exports nothing but what the main entry does, and the very same", () => {
    for (const [name, exported] of Object.entries(client))
      expect([name, exported]).toEqual([name, main[name]]);
  });
});
