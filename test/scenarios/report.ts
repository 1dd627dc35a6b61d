/**
 * Tells of every scenario whether it holds: runs the tests of this folder and prints, for each id of `ids.txt`,
 * `<id> pass|fail|missing`. An id with a † must hold on both grounds, embedded and real. Fails on a hole.
 */
import { readFile } from "node:fs/promises";
import { startVitest, type TestCase } from "vitest/node";

type Standing = "pass" | "fail" | "missing";

const FOLDER = "test/scenarios";
const WORST_FIRST: readonly Standing[] = ["fail", "missing", "pass"];

const vitest = await startVitest("test", [FOLDER], { watch: false, reporters: ["dot"] });
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
await vitest.close();

const ids = (await readFile(`${FOLDER}/ids.txt`, "utf8")).trim().split("\n");
const standings = ids.map((line) => {
  const [id = "", dagger] = line.split(" ");
  const own = tests.filter(({ name }) => name.startsWith(`${id} `));
  const embedded = standingOf(own.filter((test) => !isReal(test)));
  if (dagger === undefined) return { id, standing: embedded, details: "" };
  const real = standingOf(own.filter(isReal));
  const standing = worstOf([embedded, real]);
  return { id, standing, details: ` (embedded: ${embedded}, real: ${real})` };
});
for (const { id, standing, details } of standings) console.log(`${id} ${standing}${details}`);
const counts = WORST_FIRST.map((standing) => {
  const count = standings.filter((scenario) => scenario.standing === standing).length;
  return `${count} ${standing}`;
});
console.log(`${ids.length} scenarios: ${counts.join(", ")}`);
process.exit(standings.every(({ standing }) => standing === "pass") ? 0 : 1);

/** Whether it ran on the real Pulsar and DynamoDB Local: those stand in a suite that says so. */
function isReal({ parent }: TestCase): boolean {
  return parent.type === "suite" && parent.name.includes("real");
}

function standingOf(tests: readonly TestCase[]): Standing {
  return tests.length === 0 ? "missing" : worstOf(tests.map(standingOfOne));
}

function standingOfOne(test: TestCase): Standing {
  const { state } = test.result();
  if (state === "passed") return "pass";
  return state === "skipped" ? "missing" : "fail";
}

function worstOf(standings: readonly Standing[]): Standing {
  return WORST_FIRST.find((standing) => standings.includes(standing)) ?? "missing";
}
