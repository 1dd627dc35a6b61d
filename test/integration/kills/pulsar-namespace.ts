import { SUBSCRIPTION } from "../../../lib/core/topics.ts";

/** How many messages of a topic are not acknowledged. */
export interface Backlog {
  readonly topic: string;
  /** Delivered or not; those that wait for an instant not counted. */
  readonly due: number;
  /** Those that wait for an instant. */
  readonly notDue: number;
}

/** A namespace of its own in a Pulsar, seen through the admin API. */
export class PulsarNamespace {
  readonly name = `test-${crypto.randomUUID()}`;
  readonly #admin: string;

  constructor(webUrl: string) {
    this.#admin = `${webUrl}/admin/v2`;
  }

  async create(): Promise<void> {
    await this.#fetch(`namespaces/public/${this.name}`, { method: "PUT" });
  }

  /** Tells of every topic. */
  async backlogs(): Promise<readonly Backlog[]> {
    const response = await this.#fetch(`persistent/public/${this.name}`);
    const names = (await response.json()) as readonly string[];
    return Promise.all(names.map((name) => this.#backlog(name.slice(name.lastIndexOf("/") + 1))));
  }

  async #backlog(topic: string): Promise<Backlog> {
    const path = `persistent/public/${this.name}/${encodeURIComponent(topic)}`;
    const response = await this.#fetch(`${path}/stats?getPreciseBacklog=true`);
    const { subscriptions } = (await response.json()) as {
      readonly subscriptions: { readonly [name: string]: { readonly msgBacklog: number } };
    };
    const all = subscriptions[SUBSCRIPTION]?.msgBacklog ?? 0;
    let notDue = 0;
    for (let nth = 1; nth <= all; nth++) {
      const { headers } = await this.#fetch(`${path}/subscription/${SUBSCRIPTION}/position/${nth}`);
      if (Date.parse(headers.get("x-pulsar-deliver-at-time") ?? "") > Date.now()) notDue += 1;
    }
    return { topic, due: all - notDue, notDue };
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${this.#admin}/${path}`, init);
    if (response.ok) return response;
    throw new RangeError(
      `expected Pulsar to answer ${path}, got ${response.status} ${await response.text()}`,
    );
  }
}
