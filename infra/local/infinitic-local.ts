#!/usr/bin/env node
/** `npx infinitic-local`: runs a project that has this package on this machine until Ctrl-C; options in local-arguments.ts. */
import { nodeVersionFlaw } from "../../lib/node-version.ts";

const flaw = nodeVersionFlaw();
if (flaw !== undefined) {
  console.error(flaw);
  process.exit(1);
}
// Not before the version is known to do.
const { runLocal } = await import("./run-local.ts");
await runLocal(
  "infinitic-local",
  async () => ({ exitCode: 0, why: "ready" }),
  (url) => `The API is on ${url}, described in ${url}/openapi.json. Ctrl-C ends it.`,
);
