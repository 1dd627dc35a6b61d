import { expect, test } from "vitest";
import { readPage } from "./pages.ts";

/** Commands that a test of documentation cannot run: which tests do, by a phrase of theirs. */
const RUN_BY: { readonly [command: string]: readonly [file: string, phrase: string] } = {
  "npm run package": ["test/integration/serverless-package.test.ts", "infra/package/package.ts"],
  "npm run deploy:emulator": ["test/integration/deploy-emulator.test.ts", "deploy.ts"],
  "npx serverless deploy": ["infra/emulator/deploy.ts", '"deploy"'],
};

const { scripts } = JSON.parse(readPage("package.json")) as { scripts: { [name: string]: string } };

test("the commands of a deployment are run by tests", () => {
  const lines = readPage("docs/examples/deploy.sh").trim().split("\n");
  expect(lines.map((line) => line.replace(/ +#.*/, ""))).toEqual(Object.keys(RUN_BY));
  for (const [file, phrase] of Object.values(RUN_BY)) expect(readPage(file)).toContain(phrase);
  expect(scripts["package"]).toContain("infra/package/package.ts");
  expect(scripts["deploy:emulator"]).toContain("deploy.ts");
});
