import { systemClock } from "../adapters/system-clock.ts";
import type { WorkflowDefinition } from "../core/contract/definition.ts";
import { versionsOf, type WorkflowHandler, workflowHandler } from "../engine/workflow-handler.ts";
import { type ClassesAndOptions, type WorkflowOptions, workflowSetup } from "../engine/workflow-options.ts";
import type { WorkflowClass } from "../runtime/workflow-class.ts";
import { encryptedHandler } from "./encrypted-handler.ts";
import { openCipher } from "./encryption.ts";
import { openStores } from "./stores.ts";

/**
 * Makes a Lambda of a workflow: the engine and the workflow's code in one.
 *
 * Stores its state in the DynamoDB table named by `INFINITIC_TABLE`. Several classes of one workflow may be given,
 * each with its own `static version`: new instances take the highest, running ones keep theirs.
 *
 * @throws InfiniticError `INVALID_DEFINITION`, `INVALID_OPTION`; at the first invocation `MISCONFIGURED`
 * @example
 * export const handler = workflowFunction(Contract, ContractV1, ContractV2);
 * @example
 * const handler = workflowFunction(Billing, [BillingV1], {
 *   interceptors: [signed],
 *   retention: { ended: "7d", failed: "30d" },
 * });
 */
export function workflowFunction<W>(
  definition: WorkflowDefinition<W>,
  classes: readonly WorkflowClass<W>[],
  options?: WorkflowOptions,
): WorkflowHandler;
export function workflowFunction<W>(
  definition: WorkflowDefinition<W>,
  ...classes: readonly WorkflowClass<W>[]
): WorkflowHandler;
export function workflowFunction<W>(
  definition: WorkflowDefinition<W>,
  ...given: ClassesAndOptions<W>
): WorkflowHandler {
  const setup = workflowSetup(given);
  versionsOf(definition.name, setup.classes);
  let handler: WorkflowHandler | undefined;
  return (request) => {
    handler ??= open();
    return handler(request);
  };

  function open(): WorkflowHandler {
    const cipher = openCipher();
    const opened = workflowHandler({
      definition,
      ...setup,
      clock: systemClock,
      ...openStores(cipher),
      log: (line) => console.warn(line),
    });
    return cipher ? encryptedHandler(opened, cipher) : opened;
  }
}
