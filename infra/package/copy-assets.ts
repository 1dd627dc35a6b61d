/** Copies beside the compiled code of the package, in `dist`, what it reads: a part of `npm run build`. */
import { cp } from "node:fs/promises";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const ASSETS = ["infra/table.yml", "infra/local/pulsar", "infra/local/dynamodb-local"];

await Promise.all(ASSETS.map((path) => cp(join(ROOT, path), join(ROOT, "dist", path), { recursive: true })));
