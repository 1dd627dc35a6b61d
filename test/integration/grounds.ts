import { openClient } from "../../lib/adapters/dynamodb/client.ts";
import { dynamoDbStores } from "../../lib/adapters/dynamodb/stores.ts";
import { createTable } from "../../lib/adapters/dynamodb/table.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import type { EngineStores } from "../../lib/engine/workflow-handler.ts";
import type { Broker } from "../../lib/ports/broker.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import type { TestParts } from "../../lib/testing/test-system.ts";
import type { Ground } from "./lives.ts";

/** All in memory, with a clock that stands until it is pushed. */
export async function memoryGround(): Promise<Ground> {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const parts = {
    clock,
    broker,
    ...memoryStores({ clock }),
  };
  return { parts, close: () => broker.close() };
}

/** The real Pulsar, in a namespace of its own, and a table of its own in DynamoDB Local. */
export async function realGround(
  pulsar: { readonly webUrl: string },
  dynamodb: { readonly endpoint: string },
): Promise<Ground> {
  const namespace = `once-${crypto.randomUUID()}`;
  await fetch(`${pulsar.webUrl}/admin/v2/namespaces/public/${namespace}`, { method: "PUT" });
  const broker = new PulsarWebSocketBroker({ webUrl: pulsar.webUrl, namespace });
  const parts = { clock: systemClock, broker: abrupt(broker), ...(await newTable(dynamodb)) };
  return { parts, close: () => broker.close() };
}

/** Makes a table in DynamoDB Local. */
export async function newTable({
  endpoint,
}: {
  readonly endpoint: string;
}): Promise<EngineStores & Pick<TestParts, "idempotencyKeys">> {
  const tableName = `once-${crypto.randomUUID()}`;
  const target = { endpoint, region: "local" };
  const client = openClient(target);
  await createTable(client, tableName);
  client.destroy();
  const stores = dynamoDbStores({ ...target, tableName, clock: systemClock });
  // The first sweep of a table reads a day's buckets: seconds of both cores.
  await stores.dueStore.moveCursor(undefined, Math.floor(Date.now() / 60_000) - 10);
  return stores;
}

/** Consumers that close as if their process was killed: the socket is cut, and nothing is flushed. */
function abrupt(broker: PulsarWebSocketBroker): Broker {
  return {
    publish: (message) => broker.publish(message),
    ensureSubscription: (options) => broker.ensureSubscription(options),
    close: () => broker.close(),
    subscribe: async (options) => {
      const consumer = await broker.subscribe(options);
      return {
        receive: () => consumer.receive(),
        isCurrent: (message) => consumer.isCurrent(message),
        acknowledge: (message) => consumer.acknowledge(message),
        close: () => {
          consumer.disconnect();
          return consumer.close();
        },
      };
    },
  };
}
