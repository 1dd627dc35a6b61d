import { systemClock } from "../adapters/system-clock.ts";
import { taskWorkflowHandler, type WorkflowHandler } from "../engine/workflow-handler.ts";
import { encryptedHandler } from "./encrypted-handler.ts";
import { openCipher } from "./encryption.ts";
import { openStores } from "./stores.ts";

/**
 * Makes the Lambda that runs tasks outside a workflow, for a project that has services only: deployed under the key
 * `tasks`. Where there is a workflow function, that does so too.
 *
 * Stores its state in the DynamoDB table named by `INFINITIC_TABLE`. At the first invocation it throws
 * `MISCONFIGURED` where that is missing.
 *
 * @example
 * export const handler = tasksFunction();
 */
export function tasksFunction(): WorkflowHandler {
  let handler: WorkflowHandler | undefined;
  return (request) => {
    handler ??= openHandler();
    return handler(request);
  };
}

function openHandler(): WorkflowHandler {
  const cipher = openCipher();
  const handler = taskWorkflowHandler({ clock: systemClock, ...openStores(cipher) });
  return cipher ? encryptedHandler(handler, cipher) : handler;
}
