import { MESSAGE_FORMAT } from "../../../lib/core/protocol/messages.ts";
import { workflowEngineTopic } from "../../../lib/core/protocol/topics.ts";
import type { Json } from "../../../lib/core/values/json.ts";
import type { Broker } from "../../../lib/ports/broker.ts";
import type { InstanceKey } from "../../../lib/ports/state-store.ts";
import { readAll, resultsOf, untilEnded } from "../kills/instances.ts";
import { Flow } from "./flows.ts";
import type { Platform } from "./platform.ts";

/** How long a run of many workflows may take. */
export const RUN_MS = 5 * 60_000;

export const keyOf = (workflowId: string): InstanceKey => ({ workflow: Flow.name, workflowId });

type Producer = Pick<Broker, "publish">;

/** Starts a workflow, as a client does. */
export const start = (
  broker: Producer,
  id: string,
  method: string,
  ...args: readonly Json[]
): Promise<void> => send(broker, id, { kind: "start", ...head("run"), method, args });

/** Sends a word to a workflow that listens. */
export const tell = (broker: Producer, id: string, word: string): Promise<void> =>
  send(broker, id, { kind: "signal", ...head(word), channel: "words", value: word });

/** Waits until all have ended, and gives their results. */
export async function outcomes({ stores }: Platform, ids: readonly string[]): Promise<readonly unknown[]> {
  await untilEnded(stores.stateStore, ids.map(keyOf), RUN_MS);
  return resultsOf(await readAll(stores.stateStore, ids.map(keyOf)));
}

const head = (id: string) => ({ format: MESSAGE_FORMAT, id, at: Date.now() });

async function send(broker: Producer, id: string, message: object): Promise<void> {
  const payload = JSON.stringify({ ...message, ...keyOf(id) });
  await broker.publish({ topic: workflowEngineTopic(Flow.name), key: id, payload });
}
