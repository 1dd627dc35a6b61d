/**
 * Calls the API of a local system with what nobody should send: `npm run fuzz`.
 *
 * `--calls N`: 10,000 unless given. `--seed S`: the same calls again.
 * `--examples N`: of Schemathesis, for each call of the API; 50 unless given, 0 leaves it out.
 */
import { parseArgs } from "node:util";
import { hasPython } from "../../infra/package/python.ts";
import { startLocalStack } from "../integration/local-stack.ts";
import { fuzzSystem } from "./fuzz-system.ts";

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "10000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    examples: { type: "string", default: "50" },
  },
});
const [calls, seed] = [Number(values.calls), Number(values.seed)];
const examples = (await hasPython()) ? Number(values.examples) : 0;
console.log(`Fuzzing with ${calls} calls: npm run fuzz -- --calls ${calls} --seed ${seed}`);

const stack = await startLocalStack();
try {
  const found = await fuzzSystem(stack, { calls, seed, examples, print: console.log });
  for (const { what, call, answer } of found) console.log(`\n${what}\n  ${call}\n  ${answer}`);
  console.log(found.length === 0 ? "Nothing found" : `${found.length} found`);
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  stack.interrupt();
  await stack.ended;
}
