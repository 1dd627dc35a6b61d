import type { SubscriptionOptions, SubscriptionType } from "../../ports/broker.ts";

/** What a client asks for by the address of its socket. */
export type PulsarPath =
  | { readonly kind: "producer"; readonly topic: string }
  | ({ readonly kind: "consumer" } & SubscriptionOptions)
  | { readonly kind: "refused"; readonly status: number; readonly reason: string };

const PRODUCER = /^\/ws\/v2\/producer\/persistent\/([^/]+)\/([^/]+)\/([^/]+)$/;
const CONSUMER = /^\/ws\/v2\/consumer\/persistent\/([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)$/;

const TYPES: ReadonlyMap<string | null, SubscriptionType> = new Map([
  ["Key_Shared", "key_shared"],
  ["Shared", "shared"],
  ["Failover", "failover"],
]);

/** Reads the address of a producer or of a consumer in pull mode. */
export function parsePulsarPath(url: string): PulsarPath {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  try {
    const [, ...producer] = (PRODUCER.exec(pathname) ?? []).map(decodeURIComponent);
    if (producer.length > 0) return { kind: "producer", topic: topicOf(producer) };
    const [, ...consumer] = (CONSUMER.exec(pathname) ?? []).map(decodeURIComponent);
    const [, , , subscription] = consumer;
    if (subscription === undefined) return refused(404, `expected a producer or a consumer, got ${pathname}`);
    const type = TYPES.get(searchParams.get("subscriptionType"));
    if (type === undefined) return refused(400, "expected subscriptionType Shared, Key_Shared or Failover");
    if (searchParams.get("pullMode") !== "true") return refused(400, "expected pullMode=true");
    return { kind: "consumer", topic: topicOf(consumer), subscription, type };
  } catch {
    return refused(400, `expected a well-formed path, got ${pathname}`);
  }
}

/** Topics of public/default go by their own name, as those who share the broker in its process call them. */
function topicOf([tenant, namespace, topic = ""]: readonly string[]): string {
  return tenant === "public" && namespace === "default" ? topic : `${tenant}/${namespace}/${topic}`;
}

function refused(status: number, reason: string): PulsarPath {
  return { kind: "refused", status, reason };
}
