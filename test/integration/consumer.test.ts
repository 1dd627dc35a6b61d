import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ConsumerProject, installConsumer } from "./consumer-project.ts";
import { type LocalStack, startLocalProject, stillRunning } from "./local-stack.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Of what installs, compiles or packages: packages come from the registry where npm has not kept them. */
const TIMEOUT = 400_000;

let consumer: ConsumerProject;

beforeAll(async () => {
  consumer = await installConsumer();
}, TIMEOUT);

afterAll(() => consumer?.remove(), TIMEOUT);

describe("the published package", () => {
  test("is in order, says publint", { timeout: TIMEOUT }, async () => {
    const said = await consumer.run(
      join(ROOT, "node_modules/.bin/publint"),
      "run",
      "--strict",
      consumer.tarball,
    );
    expect(said).toContain("All good");
  });

  test("EDG-91 resolves with its types for every kind of consumer", { timeout: TIMEOUT }, async () => {
    const attw = join(ROOT, "node_modules/.bin/attw");
    const said = await consumer.run(attw, "--profile", "strict", consumer.tarball);
    expect(said).toContain("No problems found");
    const entries = ["", "/client", "/testing", "/plugin", "/schema.json", "/package.json"];
    for (const entry of entries) expect(said).toContain(`"infinitic-serverless${entry}"`);
  });

  test("has compiled code and pages only, and what they read", { timeout: TIMEOUT }, async () => {
    const files = (await consumer.run("tar", "-tzf", consumer.tarball)).trim().split("\n");
    const inDist =
      /^package\/dist\/.+(\.js|\.d\.ts|\.json|\.yml|\.xml|\.conf|\/Dockerfile(\.dockerignore)?)$/;
    const beside = /^package\/((docs\/.+|README|SECURITY|CHANGELOG)\.md|LICENSE|package\.json)$/;
    expect(files.filter((path) => !inDist.test(path) && !beside.test(path))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        "package/dist/infra/serverless-plugin/schema.json",
        "package/dist/infra/table.yml",
        "package/docs/local.md",
      ]),
    );
  });

  test("installs no Node of its own", async () => {
    const installed = JSON.parse(await readFile(join(consumer.directory, "package-lock.json"), "utf8"));
    expect(
      Object.keys(installed.packages).filter((path) => /node_modules\/node-(linux|24)/.test(path)),
    ).toEqual([]);
  });
});

describe("a project that installs it from the tarball", () => {
  test.each([
    // The types of its dependencies are checked once per kind of resolution; those of ES modules are by D7.
    ["node16", "node16", "commonjs", "all types checked"],
    ["nodenext", "nodenext", "commonjs", "its own types checked"],
    ["nodenext", "nodenext", "module", "its own types checked"],
    ["commonjs", "node10", "commonjs", "all types checked"],
    ["preserve", "bundler", "commonjs", "its own types checked"],
  ])(
    "EDG-91 compiles with module %s, moduleResolution %s and type %s, %s, and runs",
    { timeout: TIMEOUT },
    async (module, moduleResolution, type, checked) => {
      const skipLibCheck = checked !== "all types checked";
      const common = { esModuleInterop: true, ignoreDeprecations: "6.0", types: ["node"], skipLibCheck };
      const options = { ...common, module, moduleResolution };
      const directory = await compiled(`${module}-${type}`, "every-entry.ts", options, { type });
      if (module === "preserve") return; // what a bundler takes
      const said = await consumer.run("node", join(directory, "every-entry.js"));
      expect(said).toBe("hello Ann true InfiniticPlugin INVALID_OPTION\n");
    },
  );

  test("EDG-90 compiles a page without the types of Node.js", { timeout: TIMEOUT }, async () => {
    const options = { lib: ["es2022", "dom"], types: [], module: "esnext", moduleResolution: "bundler" };
    await compiled("page", "page.ts", options);
  });

  test("D7: type-checks, with the types of what it depends on", { timeout: TIMEOUT }, async () => {
    await consumer.run("npm", "run", "types");
  });

  test("D7: passes serverless package, with its plain topic handler", { timeout: TIMEOUT }, async () => {
    await consumer.run("npm", "run", "package");
    const template = join(consumer.directory, ".serverless/cloudformation-template-update-stack.json");
    const { Resources } = JSON.parse(await readFile(template, "utf8"));
    expect(Object.keys(Resources)).toEqual(
      expect.arrayContaining(["InfiniticTable", "GreetingsLambdaFunction", "ParcelsLambdaFunction"]),
    );
    const { handler } = await packagedModule("parcels");
    const records = [record("1", "no JSON"), record("2", '{ "id": "p-1", "to": "Lyon" }')];
    expect(await handler({ Records: records })).toEqual({ batchItemFailures: [{ itemIdentifier: "1" }] });
  });

  test("EDG-90 a bundle says which Node.js it needs", async () => {
    expect(await packagedCode("greetings")).toContain("expected Node.js 22.15 or later");
  });

  test("a service's bundle has nothing that only the api or the bridge needs", async () => {
    const bundled = new Set(
      [...(await packagedCode("greetings")).matchAll(/^\/\/ node_modules\/((?:@[\w-]+\/)?[\w-]+)/gm)].map(
        ([, name]) => name,
      ),
    );
    expect(bundled).toContain("infinitic-serverless");
    for (const name of ["ws", "prom-client", "@middy/core"]) expect(bundled).not.toContain(name);
  });
});

/** Compiles a file of `module-kinds` in a package of its own, and gives its folder. */
async function compiled(
  name: string,
  file: string,
  compilerOptions: object,
  manifest: { readonly type?: string } = {},
): Promise<string> {
  const directory = join(consumer.directory, name);
  await cp(join(import.meta.dirname, "module-kinds", file), join(directory, file));
  await writeFile(join(directory, "package.json"), JSON.stringify(manifest));
  const all = { target: "es2022", strict: true, ...compilerOptions };
  await writeFile(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions: all }));
  await consumer.run(join(consumer.directory, "node_modules/.bin/tsc"), "-p", directory);
  return directory;
}

describe("the same project under serverless-offline", () => {
  let stack: LocalStack;
  let pulsar: string;

  beforeAll(async () => {
    // What `npm start` runs; a signal to npm would reach only the shell between.
    const command = join(consumer.directory, "node_modules/.bin/infinitic-local");
    stack = await startLocalProject({ command: [command], cwd: consumer.directory, env: consumer.env });
    await stack.line(/Ctrl-C ends it/);
    pulsar = /broker \((\S+)\)/.exec(await stack.line(/^Ready/))?.[1] ?? "";
  }, TIMEOUT);

  afterAll(async () => {
    stack?.interrupt();
    await stack?.ended;
  }, TIMEOUT);

  test("D7: its workflow completes, with tasks of its service", async () => {
    const visit = { id: "v-1", names: ["Ada", "Grace"] };
    const answer = await call("/workflows/Welcome", { id: "one", args: [visit] });
    expect(answer).toMatchObject({ status: "completed", result: ["hello Ada", "hello Grace"] });
  });

  test("D7: a task of its service runs outside a workflow", async () => {
    const answer = await call("/services/Greetings/greet", { args: ["Alan"] });
    expect(answer).toMatchObject({ status: "completed", result: "hello Alan" });
  });

  test("D7: its plain topic handler gets what is published to the topic", async () => {
    await publish("parcels", "p-2", { id: "p-2", to: "Rennes" });
    expect(await stack.line(/parcel p-2/)).toBe("[functions] parcel p-2 goes to Rennes");
  });

  test("a message of its business topic starts its workflow", async () => {
    await publish("visits", "v-2", { id: "v-2", names: ["Edsger"] });
    const answer = { status: "completed", result: ["hello Edsger"] };
    await expect.poll(() => call("/workflows/Welcome/v-2/result")).toMatchObject(answer);
  });

  test("Ctrl-C ends it with exit code 0 and leaves no process behind", { timeout: TIMEOUT }, async () => {
    const processes = stack.processes();
    stack.interrupt();
    expect(await stack.ended).toBe(0);
    await expect.poll(() => stillRunning(processes)).toEqual([]);
  });

  /** As whoever has the project does it: by the script of its own. */
  async function publish(topic: string, key: string, message: object): Promise<void> {
    const receipt = await consumer.run("node", "publish.ts", pulsar, topic, key, JSON.stringify(message));
    expect(JSON.parse(receipt)).toMatchObject({ result: "ok" });
  }

  async function call(path: string, body?: object): Promise<unknown> {
    const headers = { "Content-Type": "application/json", Prefer: "wait=25" };
    const post = body && { method: "POST", body: JSON.stringify(body) };
    return (await fetch(`${stack.url}${path}`, { headers, ...post })).json();
  }
});

const record = (sequenceNumber: string, text: string) => ({
  kinesis: { sequenceNumber, data: Buffer.from(text).toString("base64") },
});

/** What is deployed of a function. */
async function packagedCode(key: string): Promise<string> {
  const zip = unzipSync(await readFile(join(consumer.directory, `.serverless/${key}.zip`)));
  return new TextDecoder().decode(zip[`${key}.mjs`]);
}

async function packagedModule(key: string) {
  const path = join(consumer.directory, `packaged-${key}.mjs`);
  await writeFile(path, await packagedCode(key));
  return import(pathToFileURL(path).href);
}
