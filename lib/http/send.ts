import { InfiniticError } from "../core/errors.ts";
import type { InstanceMessage } from "../core/messages.ts";
import { workflowEngineTopic } from "../core/topics.ts";
import type { ApiParts } from "./api-setup.ts";

/**
 * Publishes a message to an instance. Whether it was published when this rejects is not known: send it again
 * with the same id.
 *
 * @throws InfiniticError `BROKER_UNAVAILABLE`, also when there is no receipt in time: the broker itself waits for ever
 */
export async function send(
  { broker, clock, publishTimeoutMs }: ApiParts,
  message: InstanceMessage,
): Promise<void> {
  const { workflow, workflowId } = message;
  const topic = workflowEngineTopic(workflow);
  const timer = new AbortController();
  const receipt = broker.publish({ topic, key: workflowId, payload: JSON.stringify(message) });
  const tooLate = clock.sleep(publishTimeoutMs, timer.signal).then(() => {
    throw new InfiniticError(
      "BROKER_UNAVAILABLE",
      `expected a receipt of the broker within ${publishTimeoutMs} ms, got none: send it again with the same Idempotency-Key`,
    );
  });
  try {
    await Promise.race([receipt, tooLate]);
  } finally {
    timer.abort();
  }
}
