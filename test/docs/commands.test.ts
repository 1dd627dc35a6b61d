import { expect, test } from "vitest";
import { pagesOfDocumentation, readPage } from "./pages.ts";

/** Commands of pages that are not run from here: what runs them instead, by a phrase of that file. */
const RUN_BY: { readonly [command: string]: readonly [file: string, phrase: string] } = {
  "npm ci": [".ci/run", "npm ci"],
  "npm test": [".ci/run", "npm run verify"],
  "npm start": ["test/integration/start.test.ts", 'describe("npm start"'],
  "npm run package": ["test/integration/serverless-package.test.ts", "infra/package/package.ts"],
  "npm install": ["test/integration/consumer-project.ts", '"install"'],
  "npm run deploy:emulator": ["test/integration/deploy-emulator.test.ts", "infra/emulator/deploy.ts"],
  "npx serverless deploy": ["infra/emulator/deploy.ts", '"deploy"'],
};

const { scripts } = JSON.parse(readPage("package.json")) as { scripts: { [name: string]: string } };

test("the commands of the first page, of deploying and of a project are run by CI or by a test", () => {
  const text = ["try-it.sh", "deploy.sh", "project.sh"]
    .map((name) => readPage(`docs/examples/${name}`))
    .join("");
  const lines = text.trim().split("\n");
  const commands = lines.flatMap((line) => line.replace(/ # .*/, "").split("&&")).map((part) => part.trim());
  expect([...new Set(commands)].sort()).toEqual(Object.keys(RUN_BY).sort());
  for (const [file, phrase] of Object.values(RUN_BY)) expect(readPage(file)).toContain(phrase);
  expect(scripts["verify"]).toContain("npm test");
});

test.each(pagesOfDocumentation())("%s names only scripts that exist", (path) => {
  const named = [...readPage(path).matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)];
  const missing = named.filter(([, script, short]) => !((script ?? short ?? "") in scripts));
  expect(missing.map(([command]) => command)).toEqual([]);
});
