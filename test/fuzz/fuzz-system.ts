import { BookingClient, TRIP } from "../integration/booking-client.ts";
import type { LocalStack } from "../integration/local-stack.ts";
import { fuzzApi, type Violation } from "./fuzz-api.ts";
import { runSchemathesis } from "./schemathesis.ts";

/** What of a system's own output says that something went wrong which nobody was to notice. */
const CRASH = /unhandled ?rejection|uncaught|heap out of memory|"level":"error"|"name":"InternalError"/i;

/**
 * Calls a running sample with whatever its API does not expect, and then books a trip.
 *
 * @param options `examples`: of Schemathesis, for each call of the API; 0 leaves it out
 * @returns all that should not have been; empty when all is well
 */
export async function fuzzSystem(
  stack: LocalStack,
  options: {
    readonly calls: number;
    readonly seed: number;
    readonly examples: number;
    readonly print: (line: string) => void;
  },
): Promise<readonly Violation[]> {
  const { calls, seed, examples, print } = options;
  await stack.line(/Ctrl-C ends it/);
  const { statuses, violations } = await fuzzApi(stack.url, { calls, seed });
  print(`${calls} calls, by status: ${JSON.stringify(statuses)}`);
  const found = [...violations];
  if (examples > 0) {
    const { isClean, said } = await runSchemathesis(stack.url, { examples, seed });
    print(
      `Schemathesis: ${/^.*test cases:\s*\n.*$/im.exec(said)?.[0].replaceAll(/\s+/g, " ").trim() ?? said.slice(-300)}`,
    );
    if (!isClean) found.push({ what: "Schemathesis found something", call: "", answer: said });
  }
  for (const line of stack.lines.filter((one) => CRASH.test(one)))
    found.push({ what: "an error in the log", call: "", answer: line.slice(0, 1_000) });
  const { result } = await new BookingClient(stack.url).book(`after-${seed}`, TRIP);
  print(`A trip booked afterwards: ${JSON.stringify(result)}`);
  if (result?.["status"] !== "booked")
    found.push({ what: "no trip was booked afterwards", call: "", answer: JSON.stringify(result) });
  return found;
}
