import { checkNamespacePart } from "../../core/protocol/broker-names.ts";
import type { ConsumerOptions, SubscriptionOptions, SubscriptionType } from "../../ports/broker.ts";
import { urlBelow } from "../base-url.ts";
import type { TokenSource } from "../renewed-token.ts";
import { tokenText } from "../token-text.ts";

/** Where a cluster's WebSocket API is, and whose topics are meant. */
export interface PulsarAddress {
  /** `http(s)://host:port` of a broker or a proxy with the WebSocket service on; what a gateway stands at may have a path. */
  readonly webUrl: string;
  /** Default: `public`. */
  readonly tenant?: string;
  /** Default: `default`. */
  readonly namespace?: string;
  /** Sent as a bearer token with each connection; never in an address, which would end in logs. */
  readonly token?: string | TokenSource;
}

const TYPES: { readonly [type in SubscriptionType]: string } = {
  key_shared: "Key_Shared",
  shared: "Shared",
  failover: "Failover",
};

/** The server holds at most this many messages ready for one consumer. */
const MAX_RECEIVER_QUEUE = 1_000;

/** How many messages of a prefetch are on this side; the server keeps the others ready for the next permits. */
export const permitsOf = (prefetch: number): number => Math.max(1, Math.ceil(prefetch / 2));

/**
 * Checks names and token, which would be refused at each connection.
 *
 * @throws InfiniticError `INVALID_OPTION`, `MISCONFIGURED`
 */
export function checkAddress(address: PulsarAddress): PulsarAddress {
  const { tenant = "public", namespace = "default", token } = address;
  checkNamespacePart("tenant", tenant);
  checkNamespacePart("namespace", namespace);
  return typeof token === "string" ? { ...address, token: tokenText("token", token) } : address;
}

/** The endpoint of a producer. Unbatched by default, which key-shared subscriptions need. */
export function producerUrl(address: PulsarAddress, topic: string): string {
  return endpoint(address, "producer", topic, []).href;
}

/** The endpoint of a consumer, in pull mode: the server sends what it was given permits for. */
export function consumerUrl(address: PulsarAddress, options: ConsumerOptions | SubscriptionOptions): string {
  const url = endpoint(address, "consumer", options.topic, [options.subscription]);
  const ready = "prefetch" in options ? Math.max(1, options.prefetch - permitsOf(options.prefetch)) : 1;
  url.searchParams.set("subscriptionType", TYPES[options.type]);
  url.searchParams.set("subscriptionInitialPosition", "Earliest");
  url.searchParams.set("pullMode", "true");
  url.searchParams.set("receiverQueueSize", String(Math.min(ready, MAX_RECEIVER_QUEUE)));
  return url.href;
}

function endpoint(address: PulsarAddress, role: string, topic: string, rest: readonly string[]): URL {
  const { webUrl, tenant = "public", namespace = "default" } = address;
  // Pulsar takes tenant and namespace from the path as they stand, and decodes only what follows.
  const names = [topic, ...rest].map(encodeURIComponent);
  const path = [role, "persistent", tenant, namespace, ...names];
  const url = urlBelow(webUrl, `/ws/v2/${path.join("/")}`);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}
