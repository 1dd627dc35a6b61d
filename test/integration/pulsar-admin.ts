/** What Pulsar's admin API tells of a subscription. */
export interface SubscriptionStats {
  readonly type: string;
  /** Messages that are not acknowledged, without those whose instant has not come. */
  readonly backlog: number;
}

/** Asks Pulsar's own admin for all subscriptions, by `topic subscription`. */
export async function subscriptionsOf(webUrl: string): Promise<ReadonlyMap<string, SubscriptionStats>> {
  const namespace = `${webUrl}/admin/v2/persistent/public/default`;
  const topics = (await (await fetch(namespace)).json()) as readonly string[];
  const entries = await Promise.all(
    topics.map(async (topic) => {
      const name = topic.slice("persistent://public/default/".length);
      const stats = `${namespace}/${encodeURIComponent(name)}/stats?getPreciseBacklog=true`;
      const { subscriptions } = (await (await fetch(stats)).json()) as {
        subscriptions: { [name: string]: { type: string; msgBacklogNoDelayed: number } };
      };
      return Object.entries(subscriptions).map(
        ([subscription, { type, msgBacklogNoDelayed }]) =>
          [`${name} ${subscription}`, { type, backlog: msgBacklogNoDelayed }] as const,
      );
    }),
  );
  return new Map(entries.flat());
}
