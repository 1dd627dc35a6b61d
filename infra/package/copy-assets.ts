/**
 * Puts beside the compiled code of the package, in `dist`, what it reads, what editors do and what CommonJS requires: a
 * part of `npm run build`.
 */
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SERVICE_SCHEMA } from "../serverless-plugin/service-schema.ts";
import { writeCommonJs } from "./commonjs.ts";

const ROOT = join(import.meta.dirname, "../..");
const ASSETS = [
  "infra/table.yml",
  "infra/local/pulsar",
  "infra/local/dynamodb-local",
  "infra/bridge/Dockerfile",
  "infra/bridge/Dockerfile.dockerignore",
];

await Promise.all(ASSETS.map((path) => cp(join(ROOT, path), join(ROOT, "dist", path), { recursive: true })));
await writeFile(
  join(ROOT, "dist/infra/serverless-plugin/schema.json"),
  `${JSON.stringify(SERVICE_SCHEMA, null, 2)}\n`,
);
await writeCommonJs(ROOT);
