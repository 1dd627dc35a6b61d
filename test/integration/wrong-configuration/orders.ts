import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Broker } from "../../../lib/ports/broker.ts";
import type { NotingFunctions } from "./noting-functions.ts";

/** Makes two routes, whose functions are `orders` and `parcels`, with topics of their own. */
export function newRoutes() {
  const id = randomUUID();
  const orders = {
    topic: `workflow-engine:orders-${id}`,
    type: "key_shared",
    functionName: "orders",
  } as const;
  const parcels = { topic: `task-executor:parcels-${id}`, type: "shared", functionName: "parcels" } as const;
  return { orders, parcels, both: [orders, parcels] };
}

/** Publishes five messages, of two keys. */
export async function publishOrders(broker: Broker, topic: string): Promise<void> {
  for (const payload of ["a1", "b1", "a2", "b2", "a3"]) {
    await broker.publish({ topic, key: payload.charAt(0), payload });
  }
}

/** Expects that all five were given, each key in order. */
export function expectAllOrders(functions: NotingFunctions): void {
  const given = functions.given("orders");
  expect(given.filter((payload) => payload.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
  expect(given.filter((payload) => payload.startsWith("b"))).toEqual(["b1", "b2"]);
}

/** Asks a Pulsar how many messages of a topic are not acknowledged. */
export async function backlogOf(webUrl: string, topic: string, token?: string): Promise<number> {
  const path = `${webUrl}/admin/v2/persistent/public/default/${encodeURIComponent(topic)}/stats?getPreciseBacklog=true`;
  const response = await fetch(path, token ? { headers: { Authorization: `Bearer ${token}` } } : {});
  const { subscriptions } = (await response.json()) as {
    readonly subscriptions: { readonly [name: string]: { readonly msgBacklog: number } };
  };
  return subscriptions["infinitic"]?.msgBacklog ?? 0;
}
