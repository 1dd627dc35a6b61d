/**
 * Tells of every scenario whether it holds: runs the tests whose title begins with an id, and prints for each id of
 * `ids.txt` `<id> pass|fail|missing`. An id with a † must hold both on embedded and on real parts. Exits with 1 unless
 * all of them pass.
 */
import { globSync, readFileSync } from "node:fs";
import { startVitest, type TestCase } from "vitest/node";

type Standing = "pass" | "fail" | "missing";

const IDS = "test/scenarios/ids.txt";
/** In the full name of a test, which has those of its suites before it. */
const ID = /(^| )[A-Z]{3}-\d\d /;
const WORST_FIRST: readonly Standing[] = ["fail", "missing", "pass"];

const files = globSync(["test/**/*.test.ts", "infra/**/*.test.ts"]).filter((file) =>
  /["'`][A-Z]{3}-\d\d /.test(readFileSync(file, "utf8")),
);
const vitest = await startVitest("test", files, {
  watch: false,
  reporters: ["dot"],
  testNamePattern: ID,
});
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
await vitest.close();

const ids = readFileSync(IDS, "utf8").trim().split("\n");
const standings = ids.map((line) => {
  const [id = "", dagger] = line.split(" ");
  const own = tests.filter((test) => namesOf(test).some((name) => name.startsWith(`${id} `)));
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
function isReal(test: TestCase): boolean {
  return namesOf(test).some((name, at) => at > 0 && /\breal\b/.test(name));
}

/** Its own name, and those of the suites that it stands in. */
function namesOf({ name, parent }: TestCase): readonly string[] {
  const names = [name];
  for (let suite = parent; suite.type === "suite"; suite = suite.parent) names.push(suite.name);
  return names;
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
