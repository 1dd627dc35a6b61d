import { urlBelow } from "../../lib/adapters/base-url.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { Keeping, TopicAdmin } from "./topic-admin.ts";

/** Where a cluster's admin API is, and whose topics are meant. */
interface AdminAddress {
  readonly adminUrl: string;
  readonly tenant: string;
  readonly namespace: string;
  readonly token?: string | undefined;
}

const TIMEOUT_MS = 30_000;
const EARLIEST = { ledgerId: -1, entryId: -1, partitionIndex: -1 };

/**
 * Pulsar's admin API over HTTP.
 *
 * Its methods throw InfiniticError `BROKER_UNAVAILABLE` when it cannot be reached or fails, and `MISCONFIGURED` when
 * it refuses; what exists already when it is to be created is no error.
 */
export class PulsarAdmin implements TopicAdmin {
  readonly namespace: string;
  readonly #address: AdminAddress;

  constructor(address: AdminAddress) {
    this.#address = address;
    this.namespace = `${address.tenant}/${address.namespace}`;
  }

  async keeping(): Promise<Keeping | undefined> {
    const policies = (await this.#get(this.#ofNamespace())) as Policies | undefined;
    if (policies === undefined) return undefined;
    const { message_ttl_in_seconds: ttl, retention_policies: retention } = policies;
    return {
      ttlSeconds: ttl ?? undefined,
      retention: retention
        ? { minutes: retention.retentionTimeInMinutes, megabytes: retention.retentionSizeInMB }
        : undefined,
    };
  }

  async hasTenant(): Promise<boolean> {
    return (await this.#get(["tenants", this.#address.tenant])) !== undefined;
  }

  async createTenant(): Promise<void> {
    const allowedClusters = await this.#get(["clusters"]);
    await this.#send("PUT", ["tenants", this.#address.tenant], { adminRoles: [], allowedClusters });
  }

  async createNamespace(): Promise<void> {
    await this.#send("PUT", this.#ofNamespace());
  }

  async setTtl(seconds: number): Promise<void> {
    await this.#send("POST", [...this.#ofNamespace(), "messageTTL"], seconds);
  }

  async setRetention({ minutes, megabytes }: NonNullable<Keeping["retention"]>): Promise<void> {
    const body = { retentionTimeInMinutes: minutes, retentionSizeInMB: megabytes };
    await this.#send("POST", [...this.#ofNamespace(), "retention"], body);
  }

  async topics(): Promise<ReadonlyMap<string, number>> {
    const [single = [], partitioned = []] = (await Promise.all([
      this.#get(this.#ofTopics()),
      this.#get([...this.#ofTopics(), "partitioned"]),
    ])) as (string[] | undefined)[];
    const counts = await Promise.all(
      partitioned.map(nameOf).map(async (name) => {
        const found = (await this.#get([...this.#ofTopics(), name, "partitions"])) as Partitions | undefined;
        return [name, found?.partitions ?? 0] as const;
      }),
    );
    return new Map([...single.map((topic) => [nameOf(topic), 0] as const), ...counts]);
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    const path = [...this.#ofTopics(), topic];
    await (partitions === 0
      ? this.#send("PUT", path)
      : this.#send("PUT", [...path, "partitions"], partitions));
  }

  async addPartitions(topic: string, partitions: number): Promise<void> {
    await this.#send("POST", [...this.#ofTopics(), topic, "partitions"], partitions);
  }

  async subscriptions(topic: string): Promise<readonly string[]> {
    return ((await this.#get([...this.#ofTopics(), topic, "subscriptions"])) ?? []) as string[];
  }

  async createSubscription(topic: string, subscription: string): Promise<void> {
    await this.#send("PUT", [...this.#ofTopics(), topic, "subscription", subscription], EARLIEST);
  }

  #ofNamespace(): readonly string[] {
    return ["namespaces", this.#address.tenant, this.#address.namespace];
  }

  #ofTopics(): readonly string[] {
    return ["persistent", this.#address.tenant, this.#address.namespace];
  }

  /** Undefined when there is no such thing. */
  async #get(path: readonly string[]): Promise<unknown> {
    const response = await this.#request("GET", path);
    if (response.status === 404) return undefined;
    return this.#accepted("GET", path, response).then((text) => JSON.parse(text) as unknown);
  }

  async #send(method: "PUT" | "POST", path: readonly string[], body?: unknown): Promise<void> {
    const response = await this.#request(method, path, body);
    if (method === "PUT" && response.status === 409) return;
    await this.#accepted(method, path, response);
  }

  async #request(method: string, path: readonly string[], body?: unknown): Promise<Response> {
    const { token } = this.#address;
    try {
      return await fetch(this.#url(path), {
        method,
        headers: {
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
          ...(body !== undefined && { "Content-Type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (cause) {
      const { message, cause: reason } = cause as Error;
      const got = reason instanceof Error && reason.message ? reason.message : message;
      throw new InfiniticError(
        "BROKER_UNAVAILABLE",
        `expected Pulsar's admin API at ${this.#address.adminUrl}, got: ${got}`,
        { cause },
      );
    }
  }

  async #accepted(method: string, path: readonly string[], response: Response): Promise<string> {
    const text = await response.text();
    if (response.ok) return text;
    const { status } = response;
    const isRefusal = status === 401 || status === 403;
    const expected = isRefusal ? "a token that may" : "Pulsar's admin API to take";
    throw new InfiniticError(
      status >= 500 ? "BROKER_UNAVAILABLE" : "MISCONFIGURED",
      `expected ${expected} ${method} ${this.#url(path)}, got HTTP ${status} ${text.slice(0, 300)}`.trimEnd(),
    );
  }

  #url(path: readonly string[]): string {
    return urlBelow(this.#address.adminUrl, `/admin/v2/${path.map(encodeURIComponent).join("/")}`).href;
  }
}

interface Policies {
  readonly message_ttl_in_seconds?: number | null;
  readonly retention_policies?: {
    readonly retentionTimeInMinutes: number;
    readonly retentionSizeInMB: number;
  } | null;
}

interface Partitions {
  readonly partitions: number;
}

/** The name of a topic without tenant and namespace. */
function nameOf(topic: string): string {
  return topic.split("/").slice(4).join("/");
}
