import { SUBSCRIPTION } from "../../../lib/core/protocol/topics.ts";

/** How many messages of a topic are not acknowledged. */
export interface Backlog {
  readonly topic: string;
  /** Delivered or not; those that wait for an instant not counted. */
  readonly due: number;
  /** Those that wait for an instant. */
  readonly notDue: number;
}

/** What Pulsar answers about a message that was acknowledged since it was counted. */
const GONE = 404;

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
    return Promise.all((await this.#topics()).map((topic) => this.#backlog(topic)));
  }

  /** How many messages of all topics are not acknowledged, due or not. */
  async unacknowledged(): Promise<number> {
    const counts = await Promise.all((await this.#topics()).map((topic) => this.#unacknowledged(topic)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #topics(): Promise<readonly string[]> {
    const response = await this.#fetch(`persistent/public/${this.name}`);
    const names = (await response.json()) as readonly string[];
    return names.map((name) => name.slice(name.lastIndexOf("/") + 1));
  }

  async #unacknowledged(topic: string): Promise<number> {
    const response = await this.#fetch(`${this.#path(topic)}/stats?getPreciseBacklog=true`);
    const { subscriptions } = (await response.json()) as {
      readonly subscriptions: { readonly [name: string]: { readonly msgBacklog: number } };
    };
    return subscriptions[SUBSCRIPTION]?.msgBacklog ?? 0;
  }

  #path(topic: string): string {
    return `persistent/public/${this.name}/${encodeURIComponent(topic)}`;
  }

  async #backlog(topic: string): Promise<Backlog> {
    const path = this.#path(topic);
    const all = await this.#unacknowledged(topic);
    let [notDue, gone] = [0, 0];
    for (let nth = 1; nth <= all; nth++) {
      const position = `${path}/subscription/${SUBSCRIPTION}/position/${nth}`;
      const { headers, status } = await this.#fetch(position, {}, [GONE]);
      if (status === GONE) gone += 1;
      else if (Date.parse(headers.get("x-pulsar-deliver-at-time") ?? "") > Date.now()) notDue += 1;
    }
    return { topic, due: all - notDue - gone, notDue };
  }

  async #fetch(path: string, init: RequestInit = {}, expected: readonly number[] = []): Promise<Response> {
    const response = await fetch(`${this.#admin}/${path}`, init);
    if (response.ok || expected.includes(response.status)) return response;
    throw new RangeError(
      `expected Pulsar to answer ${path}, got ${response.status} ${await response.text()}`,
    );
  }
}
