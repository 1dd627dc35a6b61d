/** The whole system in one process, for tests of services and workflows. */
import "../needs-node.ts";

export { ManualClock } from "./manual-clock.ts";
export {
  serviceOf,
  type TestBatching,
  type TestParts,
  type TestReplay,
  type TestService,
  TestSystem,
} from "./test-system.ts";
export { type TestWorkflow, workflowOf } from "./test-workflow.ts";
