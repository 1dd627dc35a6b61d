/**
 * `npm run package`: packages every function, prints the sizes of their code, and checks the compiled template
 * with cfn-lint. Ends with exit code 1 when code is over its budget (bundle-budget.ts) or the template has a flaw.
 * `--package FOLDER` says where to; other options are the framework's (`-- --stage prod`).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { readBundles, sizeTable } from "./bundles.ts";
import { lintTemplate } from "./cfn-lint.ts";

const SERVERLESS = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const args = process.argv.slice(2);
const { values } = parseArgs({ args, options: { package: { type: "string" } }, strict: false });
const folder = resolve(typeof values.package === "string" ? values.package : ".serverless");

const packaging = spawn(process.execPath, [SERVERLESS, "package", ...args], {
  stdio: "inherit",
  env: { SLS_TELEMETRY_DISABLED: "1", ...process.env },
});
const [code] = await once(packaging, "exit");
if (code !== 0) process.exit(code ?? 1);

const bundles = await readBundles(folder);
print(sizeTable(bundles).join("\n"));
const tooLarge = bundles.filter(({ codeBytes, budgetBytes }) => codeBytes > budgetBytes);
for (const { key } of tooLarge)
  print(`The code of ${key} is over its budget: see infra/package/bundle-budget.ts`);

const template = join(folder, "cloudformation-template-update-stack.json");
const flaws = await lintTemplate(template, print);
print(flaws ?? "cfn-lint: the template is in order");
process.exit(tooLarge.length > 0 || flaws !== undefined ? 1 : 0);
