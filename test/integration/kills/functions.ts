/**
 * The functions that are killed, for the function host: three workflows and their service, which records each
 * execution in a file of its process and only then tells the parent process and answers.
 */
import { dynamoDbStores } from "../../../lib/adapters/dynamodb/stores.ts";
import type { Handler } from "../../../lib/adapters/memory/function-invoker.ts";
import { systemClock } from "../../../lib/adapters/system-clock.ts";
import type { WorkflowDefinition } from "../../../lib/core/contract/definition.ts";
import { fixedDelay } from "../../../lib/core/values/retry.ts";
import { workflowHandler } from "../../../lib/engine/workflow-handler.ts";
import type { WorkflowClass } from "../../../lib/runtime/workflow-class.ts";
import { serviceHandler } from "../../../lib/service/service-handler.ts";
import { taskContext } from "../../../lib/service/task-context.ts";
import { executionRecorder } from "./executions.ts";
import { Counter, CounterV1, Errand, ErrandV1, Journey, JourneyV1, Steps } from "./journey.ts";

const {
  INFINITIC_TABLE: tableName = "",
  DYNAMODB_ENDPOINT: endpoint = "",
  EXECUTIONS: directory = "",
} = process.env;
const clock = systemClock;
const stores = dynamoDbStores({ tableName, endpoint, region: "local", clock });
const recordExecution = executionRecorder(directory);

function record(): void {
  recordExecution();
  process.send?.("executed");
}

const steps: Steps = {
  append(text, step) {
    record();
    return text + step;
  },
  flaky(text) {
    record();
    if (taskContext().attempt === 0) throw new RangeError("expected a second attempt, got the first");
    return `${text}f`;
  },
};

const engine = <W>(definition: WorkflowDefinition<W>, code: WorkflowClass<W>): Handler =>
  workflowHandler({ definition, classes: [code], ...stores, clock });

export const handlers: { readonly [name: string]: Handler } = {
  journey: engine(Journey, JourneyV1),
  errand: engine(Errand, ErrandV1),
  counter: engine(Counter, CounterV1),
  steps: serviceHandler(
    Steps,
    steps,
    { retry: fixedDelay("100ms", { maxRetries: 3 }) },
    { clock, random: Math.random, payloadStore: stores.payloadStore },
  ),
};
