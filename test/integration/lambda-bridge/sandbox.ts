/** A sandbox of the bridge's function, as a process: makes the invocation that its argument tells, and sends the answer. */
import { bridgeFunction } from "../../../lib/lambda/bridge-function.ts";
import type { Invocation } from "./sandboxes.ts";

const { event, functionName, endsAt } = JSON.parse(process.argv[2] ?? "") as Invocation;
const answer = await bridgeFunction()(event, {
  functionName,
  getRemainingTimeInMillis: () => Math.max(0, endsAt - Date.now()),
});
process.send?.(answer, () => process.exit(0));
