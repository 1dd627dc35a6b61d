#!/usr/bin/env node
/** `npx infinitic-local`: runs a project that has this package on this machine until Ctrl-C; options in run-local.ts. */
import { runLocal } from "./run-local.ts";

await runLocal(
  async () => ({ exitCode: 0, why: "ready" }),
  (url) => `The API is on ${url}, described in ${url}/openapi.json. Ctrl-C ends it.`,
);
