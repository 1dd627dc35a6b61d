import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readArguments } from "../../infra/local/local-arguments.ts";

const ROOT = join(import.meta.dirname, "../..");
const DEFAULTS = { port: 3_000, isReal: false, hasBridge: true, isToExit: false, serverless: [] };
const read = (...args: readonly string[]) => readArguments(args, "infinitic-local");

describe("EDG-88 the options of infinitic-local", () => {
  test.each<[readonly string[], object]>([
    [[], {}],
    [["--port", "3001"], { port: 3_001 }],
    [["--port=1"], { port: 1 }],
    [["--port", "1", "--port", "65535"], { port: 65_535 }],
    [["--pulsar", "--exit", "--no-bridge"], { isReal: true, isToExit: true, hasBridge: false }],
    [["--stage", "prod"], { serverless: ["--stage", "prod"] }],
    [["-s", "prod"], { serverless: ["--stage", "prod"] }],
    [["--stage=prod", "-c", "other.yml"], { serverless: ["--stage", "prod", "--config", "other.yml"] }],
    [["--config", "other.yml"], { serverless: ["--config", "other.yml"] }],
    [["--region", "eu-west-3"], { serverless: ["--region", "eu-west-3"] }],
    [["--param", "a=1", "--param=b=x=y z"], { serverless: ["--param", "a=1", "--param", "b=x=y z"] }],
    [["--param", "empty="], { serverless: ["--param", "empty="] }],
  ])("%j are taken", (args, given) => {
    expect(read(...args)).toEqual({ kind: "run", arguments: { ...DEFAULTS, ...given } });
  });

  test.each<[readonly string[], string]>([
    [["--prot", "3001"], "Unknown option '--prot'"],
    [["--prot=3001"], "Unknown option '--prot'"],
    [["-x"], "Unknown option '-x'"],
    [["--no-exit"], "Unknown option '--no-exit'"],
    [["start"], "Unexpected argument 'start'"],
    [["--", "--stage"], "Unexpected argument '--stage'"],
    [["--port"], "Option '--port <value>' argument missing"],
    [["--port", "--exit"], "Option '--port' argument is ambiguous"],
    [["--port="], 'Expected a port from 1 to 65535, got ""'],
    [["--port", "0"], 'Expected a port from 1 to 65535, got "0"'],
    [["--port", "65536"], 'Expected a port from 1 to 65535, got "65536"'],
    [["--port", "3e3"], 'Expected a port from 1 to 65535, got "3e3"'],
    [["--port", "http"], 'Expected a port from 1 to 65535, got "http"'],
    [["--port", " 80"], 'Expected a port from 1 to 65535, got " 80"'],
    [["--exit=yes"], "Option '--exit' does not take an argument"],
    [["--stage"], "Option '-s, --stage <value>' argument missing"],
    [["--stage="], "Expected --stage with a value, got none"],
    [["--param", "a"], 'Expected --param NAME=VALUE, got "a"'],
    [["--param", "=a"], 'Expected --param NAME=VALUE, got "=a"'],
  ])("%j are refused in one sentence", (args, reason) => {
    const text = `${reason}. infinitic-local --help tells the options.`;
    expect(read(...args)).toEqual({ kind: "told", text, exitCode: 2 });
  });

  test.each([["--help"], ["-h"], ["--port", "3001", "--help"], ["-hv"]])(
    "%s tells every option",
    (...args) => {
      const told = read(...args);
      expect(told).toMatchObject({ kind: "told", exitCode: 0 });
      const text = "text" in told ? told.text : "";
      for (const name of [
        "port",
        "pulsar",
        "exit",
        "no-bridge",
        "stage",
        "param",
        "config",
        "region",
        "version",
      ])
        expect(text).toContain(`--${name}`);
      expect(text).toMatch(/^Usage: infinitic-local \[options\]\n/);
      expect(readArguments(["--help"], "npm start --")).toMatchObject({
        text: expect.stringMatching(/^Usage: npm start -- /),
      });
    },
  );

  test.each(["--version", "-v"])("%s tells the package's version", async (option) => {
    const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    expect(read(option)).toEqual({ kind: "told", text: version, exitCode: 0 });
  });
});
