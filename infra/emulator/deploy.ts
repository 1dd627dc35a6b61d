/**
 * `npm run deploy:emulator`: deploys the sample to an emulator of AWS that it starts itself, shows what the stack
 * has, deploys it again, then each function alone, removes it, and shows that nothing is left. Ends with exit code 1
 * when the stack lacks something, when a later deployment changed something, or when the removal left something.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { changedSettings, readFunctions } from "./deployed-functions.ts";
import { type DeployedStack, differences, readStack } from "./deployed-stack.ts";
import { type Emulator, startEmulator } from "./emulator.ts";

const ROOT = join(import.meta.dirname, "../..");
const SERVERLESS = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
const REGION = "eu-west-1";
const STACK = "booking-dev";
// Of its own: other commands may package at the same time.
const BUILD_FOLDER = `.esbuild/emulator-${process.pid}`;
const PACKAGE_FOLDER = join(ROOT, `.cache/emulator-${process.pid}`);

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const failures: string[] = [];

async function serverless(emulator: Emulator, ...args: readonly string[]): Promise<void> {
  print(`\n> serverless ${args.join(" ")}`);
  const { AWS_PROFILE: _, AWS_SESSION_TOKEN: __, NODE_OPTIONS: ___, ...inherited } = process.env;
  const child = spawn(process.execPath, [SERVERLESS, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...inherited,
      AWS_ENDPOINT_URL: emulator.endpoint,
      AWS_REGION: emulator.region,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      ESBUILD_WORK_FOLDER: BUILD_FOLDER,
      PULSAR_MANAGE_TOPICS: "false",
      SLS_AWS_MONITORING_FREQUENCY: "300",
      SLS_TELEMETRY_DISABLED: "1",
    },
  });
  const [code] = await once(child, "exit");
  if (code !== 0) failures.push(`serverless ${args[0]} ended with exit code ${code}`);
}

/** The functions of a stack, by name. */
const functionsOf = ({ resources }: DeployedStack): readonly string[] =>
  Object.values(resources).flatMap(({ type, physicalId }) =>
    type === "AWS::Lambda::Function" ? [physicalId] : [],
  );

/** Deploys functions one by one: each is to be left as the whole deployment has made it. */
async function deployOneByOne(emulator: Emulator, names: readonly string[]): Promise<void> {
  const before = await readFunctions(emulator, names);
  for (const name of names)
    await serverless(emulator, "deploy", "function", "-f", name.slice(`${STACK}-`.length), "--force");
  const changes = changedSettings(before, await readFunctions(emulator, names));
  const what = `The deployment of ${names.length} functions one by one changed`;
  print(changes.length === 0 ? `${what} nothing.` : `${what}:`);
  for (const change of changes) print(`  ${change}`);
  if (changes.length > 0) failures.push("the deployment of a function changed its configuration");
}

/** As a workflow would: with it in, CloudFormation does not remove the bucket. */
async function putPayload({ endpoint, region }: Emulator, Bucket: string): Promise<void> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  await client.send(new PutObjectCommand({ Bucket, Key: "payloads/Booking/42/r1/name", Body: "a payload" }));
  client.destroy();
  print(`A payload is in ${Bucket}.`);
}

async function run(emulator: Emulator): Promise<void> {
  await serverless(emulator, "package", "--package", PACKAGE_FOLDER);
  const deploy = ["deploy", "--package", PACKAGE_FOLDER, "--force"] as const;
  await serverless(emulator, ...deploy);
  const first = await readStack(emulator, STACK);
  print(`\nThe stack is ${first.status}; its resources:`);
  for (const [id, { type, physicalId }] of Object.entries(first.resources))
    print(`  ${type}  ${id}  ${physicalId}`);
  print("Its outputs:");
  for (const [key, value] of Object.entries(first.outputs)) print(`  ${key}: ${value}`);
  const lacking = Object.keys(JSON.parse(first.template).Resources).filter((id) => !first.resources[id]);
  if (!first.status.endsWith("_COMPLETE")) failures.push(`the stack is ${first.status}`);
  if (lacking.length > 0) failures.push(`the stack lacks ${lacking.join(", ")}`);

  const listed = await emulator.resources();
  const unlisted = Object.values(first.resources).filter(
    // Versions and permissions belong to a function, and have no id of their own here.
    ({ type, physicalId }) => physicalId !== "" && !listed[type]?.includes(physicalId),
  );
  // Otherwise it could not tell whether they are left.
  for (const { physicalId } of unlisted) failures.push(`the emulator does not list ${physicalId}`);

  await serverless(emulator, ...deploy);
  const changes = differences(first, await readStack(emulator, STACK));
  print(changes.length === 0 ? "The second deployment changed nothing." : "The second deployment changed:");
  for (const change of changes) print(`  ${change}`);
  if (changes.length > 0) failures.push("the second deployment changed something");

  await deployOneByOne(emulator, functionsOf(first));

  await putPayload(emulator, first.resources["InfiniticPayloads"]?.physicalId ?? "");
  await serverless(emulator, "remove");
  const left = Object.entries(await emulator.resources());
  print(left.length === 0 ? "Nothing is left." : "Left are:");
  for (const [type, names] of left) print(`  ${type}  ${names.join(", ")}`);
  if (left.length > 0) failures.push("the removal left something");
}

const emulator = await startEmulator({ region: REGION, onProgress: print });
try {
  await run(emulator);
} catch (error) {
  failures.push(String(error));
} finally {
  await emulator.stop();
  await rm(PACKAGE_FOLDER, { recursive: true, force: true });
  await rm(join(ROOT, BUILD_FOLDER), { recursive: true, force: true });
}
for (const failure of failures) print(`Failed: ${failure}`);
process.exit(failures.length === 0 ? 0 : 1);
