import { afterAll } from "vitest";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { type TestService, TestSystem } from "../../lib/testing/test-system.ts";
import type { TestWorkflow } from "../../lib/testing/test-workflow.ts";

/** What an example runs on. */
interface Setup {
  readonly workflows: readonly TestWorkflow[];
  readonly services?: readonly TestService[];
}

/** Starts a system that ends with its test file. Its clock stands until pushed: for examples in which time passes. */
export async function systemWithManualClock(setup: Setup): Promise<TestSystem> {
  const system = await new TestSystem(setup).start();
  afterAll(() => system.close());
  return system;
}

/** Starts a system that ends with its test file, on the machine's clock: for examples that wait as a user would. */
export async function systemWithMachineClock(setup: Setup): Promise<TestSystem> {
  const system = await new TestSystem({ ...setup, parts: { clock: systemClock } }).start();
  afterAll(() => system.close());
  return system;
}
