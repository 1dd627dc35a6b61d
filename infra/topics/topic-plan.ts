import type { DesiredTopic } from "./desired-topics.ts";
import type { Keeping } from "./topic-admin.ts";

/** A topic as it is. */
export interface ExistingTopic {
  /** 0: not partitioned. */
  readonly partitions: number;
  readonly subscriptions: readonly string[];
}

/** What there is. */
interface ExistingTopics {
  readonly hasTenant: boolean;
  /** Undefined when there is no such namespace. */
  readonly keeping: Keeping | undefined;
  readonly topics: ReadonlyMap<string, ExistingTopic>;
}

/** Something to do, in the order in which it is planned. */
export type TopicStep =
  | { readonly kind: "create-tenant" }
  | { readonly kind: "create-namespace" }
  | { readonly kind: "set-ttl"; readonly seconds: number }
  | { readonly kind: "set-retention"; readonly minutes: number; readonly megabytes: number }
  | { readonly kind: "create-topic"; readonly topic: string; readonly partitions: number }
  | { readonly kind: "add-partitions"; readonly topic: string; readonly partitions: number }
  | { readonly kind: "create-subscription"; readonly topic: string; readonly subscription: string };

/** Steps, and why others are not taken: then none is to be. */
interface TopicPlan {
  readonly steps: readonly TopicStep[];
  readonly refusals: readonly string[];
}

const DAY_SECONDS = 86_400;
const DAY_MINUTES = 1_440;
const SHORTEST_DAYS = 7;
/** As long as ended instances are kept: a start that is older is not taken anyway. */
const TTL_SECONDS = 30 * DAY_SECONDS;

/** Tells what has to be done so that topics are as desired: what is there and suffices stays as it is. */
export function planTopics(desired: readonly DesiredTopic[], existing: ExistingTopics): TopicPlan {
  const refusals: string[] = [];
  const steps: TopicStep[] = [...namespaceSteps(existing)];
  for (const topic of desired) {
    const before = existing.topics.get(topic.name);
    const { name, partitions, subscriptions } = topic;
    if (before === undefined) steps.push({ kind: "create-topic", topic: name, partitions: partitions ?? 0 });
    else if (partitions !== undefined && partitions !== before.partitions) {
      const refusal = refusalOf(topic, before.partitions, partitions);
      if (refusal === undefined) steps.push({ kind: "add-partitions", topic: name, partitions });
      else refusals.push(refusal);
    }
    for (const subscription of subscriptions) {
      if (before?.subscriptions.includes(subscription)) continue;
      steps.push({ kind: "create-subscription", topic: name, subscription });
    }
  }
  return { steps, refusals };
}

function namespaceSteps({ hasTenant, keeping }: ExistingTopics): readonly TopicStep[] {
  const steps: TopicStep[] = [];
  if (!hasTenant) steps.push({ kind: "create-tenant" });
  if (keeping === undefined) steps.push({ kind: "create-namespace" });
  const { ttlSeconds, retention } = keeping ?? {};
  const isPatient =
    ttlSeconds !== undefined && (ttlSeconds === 0 || ttlSeconds >= SHORTEST_DAYS * DAY_SECONDS);
  if (!isPatient) steps.push({ kind: "set-ttl", seconds: TTL_SECONDS });
  const isKept =
    retention !== undefined &&
    (retention.minutes < 0 || retention.minutes >= SHORTEST_DAYS * DAY_MINUTES) &&
    retention.megabytes !== 0;
  if (!isKept) steps.push({ kind: "set-retention", minutes: SHORTEST_DAYS * DAY_MINUTES, megabytes: -1 });
  return steps;
}

/** Why the number of partitions cannot become another; undefined when it can. */
function refusalOf({ name, isOrdered }: DesiredTopic, before: number, wanted: number): string | undefined {
  const change = `topic ${name}: expected ${counted(wanted)}, got ${counted(before)}`;
  if (isOrdered) {
    return `${change}. Its keys are read in order, and a key is in the partition that its hash and their number give: with another number a key's next messages would be in another partition than those before, and overtake them. Keep ${counted(before)}, or let a new namespace begin with the other number`;
  }
  if (before === 0)
    return `${change}. Pulsar does not divide a topic that has messages: delete it when it is empty`;
  if (wanted < before) return `${change}. Pulsar removes no partitions: keep ${counted(before)}`;
  return undefined;
}

/** A number of partitions in words. */
export function counted(partitions: number): string {
  if (partitions === 0) return "no partitions";
  return partitions === 1 ? "1 partition" : `${partitions} partitions`;
}
