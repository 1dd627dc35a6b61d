import { InfiniticError } from "../core/errors.ts";
import type { InstanceMessage } from "../core/messages.ts";
import { workflowEngineTopic } from "../core/topics.ts";
import type { ApiParts } from "./api-setup.ts";
import { packed } from "./payloads.ts";

/**
 * Publishes a message to an instance. Whether it was published when this rejects is not known: send it again
 * with the same id.
 *
 * @throws InfiniticError `SCHEMA_MISMATCH`, `PAYLOAD_TOO_LARGE`; `BROKER_UNAVAILABLE`, also when there is no receipt in time: the broker itself waits for ever
 */
export async function send(parts: ApiParts, message: InstanceMessage): Promise<void> {
  const { broker, clock, publishTimeoutMs } = parts;
  const { workflow, workflowId } = message;
  const topic = workflowEngineTopic(workflow);
  await parts.contracts.admit(message);
  const payload = JSON.stringify(await packed(parts, message));
  const timer = new AbortController();
  const receipt = broker.publish({ topic, key: workflowId, payload });
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
