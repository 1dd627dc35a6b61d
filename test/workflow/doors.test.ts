import * as child from "node:child_process";
import cryptoModule, { randomBytes, randomInt, randomUUID, webcrypto } from "node:crypto";
import { lookup } from "node:dns";
import fs, { createReadStream, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import http, { get } from "node:http";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { freemem, hostname, platform } from "node:os";
import { performance as nodePerformance } from "node:perf_hooks";
import { setTimeout as nodeTimeout } from "node:timers";
import { setTimeout as pause, scheduler } from "node:timers/promises";
import { promisify } from "node:util";
import { MessageChannel as NodeChannel } from "node:worker_threads";
import { gzip, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { Driver, startedAt } from "./driver.ts";

const require = createRequire(import.meta.url);
const required = require("node:crypto");
const sleep = promisify(setTimeout);
const compileWasm = (bytes: Uint8Array): unknown =>
  (globalThis as unknown as { WebAssembly: { compile(bytes: Uint8Array): unknown } }).WebAssembly.compile(
    bytes,
  );

/** How code ends inside a workflow: its value, or its error. */
async function inWorkflow(code: () => unknown, facts: { rules?: number } = {}): Promise<unknown> {
  class Trip extends Workflow {
    async run(): Promise<unknown> {
      return await code();
    }
  }
  const trip = new Driver(Trip, facts);
  await trip.run("run");
  await trip.inlines();
  return trip.end();
}

describe("EDG-30 a clock gives the instant of history, however it is reached", () => {
  const elapsed = 1;
  test.each<[string, () => unknown, unknown]>([
    ["performance.now", () => performance.now(), elapsed],
    ["that of node:perf_hooks", () => nodePerformance.now(), elapsed],
    ["performance.timeOrigin", () => performance.timeOrigin, startedAt],
    ["process.hrtime", () => process.hrtime(), [0, 1_000_000]],
    ["a difference of process.hrtime", () => process.hrtime([0, 400_000]), [0, 600_000]],
    ["process.hrtime.bigint", () => Number(process.hrtime.bigint()), 1_000_000],
    ["process.uptime", () => process.uptime(), 0.001],
    [
      "a date's constructor",
      () => new (new Date(5).constructor as DateConstructor)().getTime(),
      startedAt + 1,
    ],
    ["a date format", () => new Intl.DateTimeFormat("en", { year: "numeric" }).format(), "2026"],
    [
      "the parts of a date format",
      () => new Intl.DateTimeFormat("en", { year: "numeric" }).formatToParts()[0]?.value,
      "2026",
    ],
  ])("EDG-30 %s", async (_name, code, value) => {
    expect(await inWorkflow(code)).toEqual({ value });
  });

  test("EDG-30 a format of a date is that date's", async () => {
    const code = () => new Intl.DateTimeFormat("en", { year: "numeric" }).format(new Date(0));
    expect(await inWorkflow(code)).toEqual({ value: "1970" });
  });
});

describe("EDG-30 chance is the same for the same run, however it is reached", () => {
  test.each<[string, () => unknown]>([
    ["a named import", () => randomUUID()],
    ["a default import", () => cryptoModule.randomUUID()],
    ["require", () => required.randomUUID()],
    ["webcrypto", () => webcrypto.randomUUID()],
    ["the global, with an option", () => cryptoModule.randomUUID({ disableEntropyCache: true })],
  ])("EDG-30 %s", async (_name, code) => {
    const one = await inWorkflow(code);
    expect(one).toEqual({ value: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(await inWorkflow(code)).toEqual(one);
  });

  test("EDG-30 a run of before the rule has what it had", async () => {
    const ends = [
      await inWorkflow(() => randomUUID(), { rules: 0 }),
      await inWorkflow(() => randomUUID(), { rules: 0 }),
    ];
    expect(ends[0]).not.toEqual(ends[1]);
    expect(await inWorkflow(() => randomBytes(4).length, { rules: 0 })).toEqual({ value: 4 });
  });
});

describe("EDG-30 what cannot be history's is refused, with what to use instead", () => {
  test.each<[string, () => unknown, string]>([
    ["crypto.randomBytes", () => randomBytes(8), "crypto.randomUUID()"],
    ["crypto.randomBytes", () => required.randomBytes(8), "crypto.randomUUID()"],
    ["crypto.randomInt", () => randomInt(8), "crypto.randomUUID()"],
    ["crypto.randomFillSync", () => cryptoModule.randomFillSync(new Uint8Array(8)), "inline()"],
    ["crypto.getRandomValues", () => webcrypto.getRandomValues(new Uint8Array(8)), "crypto.randomUUID()"],
    ["crypto.getRandomValues", () => cryptoModule.getRandomValues(new Uint8Array(8)), "crypto.randomUUID()"],
    ["crypto.generateKeyPairSync", () => cryptoModule.generateKeyPairSync("ed25519"), "a task"],
    ["crypto.scrypt", () => cryptoModule.scrypt("a", "b", 8, () => {}), "scryptSync()"],
    ["fs.readFileSync", () => readFileSync("package.json"), "a task"],
    ["fs.existsSync", () => fs.existsSync("package.json"), "a task"],
    ["fs.createReadStream", () => createReadStream("package.json"), "a task"],
    ["http.get", () => get("http://localhost"), "a task"],
    ["http.request", () => http.request("http://localhost"), "a task"],
    ["net.connect", () => connect(1), "a task"],
    ["dns.lookup", () => lookup("localhost", () => {}), "a task"],
    ["child_process.execSync", () => child.execSync("true"), "a task"],
    ["os.hostname", () => hostname(), "a task"],
    ["os.freemem", () => freemem(), "a task"],
    ["worker_threads.MessageChannel", () => new NodeChannel(), "a task"],
    ["process.memoryUsage", () => process.memoryUsage(), "a task"],
    ["process.memoryUsage", () => process.memoryUsage.rss(), "a task"],
    ["performance.mark", () => performance.mark("a"), "Date.now()"],
    ["setTimeout", () => nodeTimeout(() => {}, 1), "timer()"],
    ["setTimeout", () => sleep(1), "timer()"],
    ["AbortSignal.timeout", () => AbortSignal.timeout(1), "timer()"],
    ["Atomics.wait", () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1), "timer()"],
    ["zlib.gzip", () => gzip("text", () => {}), "gzipSync()"],
  ])("EDG-30 %s (%#)", async (name, code, instead) => {
    expect(await inWorkflow(code)).toMatchObject({
      error: "NotDeterministicError",
      message: expect.stringMatching(new RegExp(`${name}: use .*${instead.replace(/[()]/g, "\\$&")}`)),
    });
  });

  test.each<[string, () => unknown]>([
    ["setTimeout", () => pause(1)],
    ["scheduler.wait", () => scheduler.wait(1)],
    ["fs.promises.readFile", () => readFile("package.json")],
    ["fs.promises.readFile", () => fs.promises.readFile("package.json")],
    ["crypto.subtle.digest", () => crypto.subtle.digest("SHA-256", new Uint8Array(1))],
    ["WebAssembly.compile", () => compileWasm(new Uint8Array(8))],
    ["Blob.text", () => new Blob(["a"]).text()],
  ])("EDG-30 an await of %s (%#)", async (name, code) => {
    expect(await inWorkflow(code)).toMatchObject({
      error: "ForeignAwaitError",
      message: expect.stringContaining(
        `method run to wait for tasks, timers, signals, children or properties only, got ${name}`,
      ),
    });
  });
});

describe("EDG-30 what is the same everywhere is nobody's business", () => {
  test.each<[string, () => unknown, unknown]>([
    ["a hash", () => cryptoModule.createHash("sha1").update("a").digest("hex").length, 40],
    ["what is done at once", () => gzipSync("text").length > 0, true],
    ["a part of the system's name", () => typeof platform(), "string"],
    ["the standard output", () => process.stdout.write("") && fs.writeSync(1, ""), 0],
    ["what Node does for itself", () => typeof require("node:querystring").parse, "function"],
    [
      "a module that is required for the first time",
      () => typeof require("../../package.json").name,
      "string",
    ],
  ])("EDG-30 %s", async (_name, code, value) => {
    expect(await inWorkflow(code)).toEqual({ value });
  });

  test("EDG-30 an inline task may do it all", async () => {
    const code = () =>
      inline(async () => {
        await pause(0);
        const [text, digest] = [
          await readFile("package.json", "utf8"),
          await crypto.subtle.digest("SHA-1", new Uint8Array(1)),
        ];
        return [
          text.length > 0,
          digest.byteLength,
          randomBytes(4).length,
          typeof hostname(),
          process.hrtime()[0] > 0,
        ];
      });
    expect(await inWorkflow(code)).toEqual({ value: [true, 20, 4, "string", true] });
  });

  test("EDG-30 outside workflow code everything is as it was", async () => {
    expect(Math.abs(performance.timeOrigin + performance.now() - Date.now())).toBeLessThan(60_000);
    const before = process.hrtime.bigint();
    expect(process.hrtime(process.hrtime())[0]).toBe(0);
    expect(process.hrtime.bigint()).toBeGreaterThanOrEqual(before);
    expect(process.uptime()).toBeGreaterThan(0);
    expect([new Set([randomUUID(), randomUUID()]).size, randomBytes(8).length]).toEqual([2, 8]);
    expect(readFileSync("package.json", "utf8")).toBe(await readFile("package.json", "utf8"));
    await pause(0);
    await sleep(0);
    expect(new Intl.DateTimeFormat("en").format()).toBe(new Intl.DateTimeFormat("en").format(new Date()));
    expect(new NodeChannel()).toBeInstanceOf(NodeChannel);
    expect((await import("node:zlib")).gzipSync("text").length).toBeGreaterThan(0);
  });

  test("EDG-30 promisify takes functions that are refused in workflow code, and is noticed there", async () => {
    expect((await promisify(child.execFile)("echo", ["a"])).stdout).toBe("a\n");
    expect((await promisify(child.exec)("echo a")).stdout).toBe("a\n");
    expect(await promisify(fs.exists)("package.json")).toBe(true);
    for (const begin of [() => promisify(child.execFile)("true"), () => promisify(child.exec)("true")]) {
      expect(await inWorkflow(begin)).toMatchObject({
        error: expect.stringMatching(/^(ForeignAwait|NotDeterministic)Error$/),
      });
    }
  });
});
