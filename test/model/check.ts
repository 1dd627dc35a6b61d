/** Checks the model of the step and each broken variant of it, and prints what came out: `npm run model`. */
import { parseArgs } from "node:util";
import { BROKEN, checkModel, missingTools } from "./checker.ts";

const { values } = parseArgs({ options: { faults: { type: "string", default: "2" } } });
const missing = await missingTools();
if (missing.length > 0) {
  console.error(`expected spin and gcc on the path, got no ${missing.join(" and no ")}`);
  process.exit(1);
}

const faults = Number(values.faults);
const step = await checkModel({ faults });
const verdict = step.broken === undefined ? "holds" : `I${step.broken} is broken`;
console.log(`the step, ${faults} faults: ${verdict}, ${step.states} states`);
const endless = await checkModel({ faults: 1, endless: true });
console.log(
  `each run ends, 1 fault: ${endless.broken === undefined ? "holds" : "broken"}, ${endless.states} states`,
);
let isAsExpected = step.broken === undefined && endless.broken === undefined;
for (const [variant, expected] of Object.entries(BROKEN)) {
  const { broken, states } = await checkModel({ variant });
  isAsExpected &&= broken === expected;
  console.log(`${variant}: ${broken === undefined ? "not found" : `breaks I${broken}`}, ${states} states`);
}
process.exit(isAsExpected ? 0 : 1);
