import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { audit, auditOf } from "../supply-chain/npm-audit.ts";

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (path: string): string => readFileSync(join(import.meta.dirname, "../..", path), "utf8");
const lock = JSON.parse(read("package-lock.json")) as { packages: { [path: string]: Locked } };
const { "": root, ...rest } = lock.packages;
const installed = Object.entries(rest).filter(([path, { link }]) => path.includes("node_modules/") && !link);

test("every dependency is locked with the hash of its content", () => {
  expect(installed.length).toBeGreaterThan(100);
  expect(installed.filter(([, { integrity = "" }]) => !integrity.startsWith("sha512-"))).toEqual([]);
});

test("the lock is of the dependencies that the package declares", () => {
  const kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
  const declared = Object.entries(JSON.parse(read("package.json")) as { [field: string]: unknown });
  expect(root).toMatchObject(Object.fromEntries(declared.filter(([field]) => kinds.includes(field))));
});

test("no production dependency runs a script when it is installed", () => {
  const scripted = installed.filter(([, { dev, hasInstallScript }]) => hasInstallScript && !dev);
  expect(scripted.map(([path]) => path)).toEqual([]);
});

test("the page of security says how to report, who is trusted with what, and how dependencies are kept", () => {
  const headings = [...read("SECURITY.md").matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(expect.arrayContaining(["Reporting", "Threat model", "Dependencies"]));
});

test("the registry, where it gives audits, knows of nothing against the production dependencies", {
  timeout: 120_000,
}, async ({ annotate }) => {
  const { verdict, said } = await audit();
  await annotate(said);
  expect([verdict, said]).not.toContain("vulnerable");
});

test.each([
  ["clean", '{"vulnerabilities":{},"metadata":{"vulnerabilities":{"total":0}}}', "Nothing is known against"],
  [
    "vulnerable",
    '{"vulnerabilities":{"ws":{"severity":"high"}},"metadata":{"vulnerabilities":{"total":1}}}',
    "Vulnerable: ws: high",
  ],
  ["unknown", '{"message":"405 Method Not Allowed"}', "gives no audits (405 Method Not Allowed)"],
  ["unknown", "", "gives no audits (no network)"],
])("an audit is %s when npm says so", (verdict, stdout, said) => {
  expect(auditOf(stdout, "no network")).toEqual({ verdict, said: expect.stringContaining(said) });
});
