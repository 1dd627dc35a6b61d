import { afterAll, expect, test } from "vitest";
import { fuzzSystem } from "../fuzz/fuzz-system.ts";
import { canUse } from "../tools.ts";
import { type LocalStack, startLocalStack } from "./local-stack.ts";

let stack: LocalStack | undefined;
afterAll(async () => {
  stack?.interrupt();
  await stack?.ended;
}, 60_000);

test("R4: 500 calls that nobody should make get civil answers as described, and a trip is booked afterwards", {
  timeout: 600_000,
}, async ({ annotate }) => {
  const examples = (await canUse("python")) ? 1 : 0;
  stack = await startLocalStack();
  const told: string[] = [];
  const print = (line: string): number => told.push(line);
  const found = await fuzzSystem(stack, { calls: 500, seed: 4, examples, print });
  await annotate(told.join("\n"));
  expect(found).toEqual([]);
});
