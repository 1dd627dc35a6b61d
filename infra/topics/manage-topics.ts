import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { DesiredTopic } from "./desired-topics.ts";
import type { TopicAdmin } from "./topic-admin.ts";
import { counted, type ExistingTopic, planTopics, type TopicStep } from "./topic-plan.ts";

/**
 * Creates what is missing, so that topics are as desired, and tells so, a line for each thing done. It changes no
 * number of partitions of a topic that is read in order, and if anything is to be refused, it changes nothing at all.
 *
 * @returns how many things were done: 0 the second time
 * @throws InfiniticError `MISCONFIGURED`, `BROKER_UNAVAILABLE`
 */
export async function manageTopics(
  admin: TopicAdmin,
  desired: readonly DesiredTopic[],
  log: (line: string) => void,
): Promise<number> {
  const keeping = await admin.keeping();
  const hasTenant = keeping !== undefined || (await admin.hasTenant());
  const topics = keeping === undefined ? new Map<string, ExistingTopic>() : await read(admin, desired);
  const { steps, refusals } = planTopics(desired, { hasTenant, keeping, topics });
  if (refusals.length > 0) throw new InfiniticError("MISCONFIGURED", refusals.join("\n"));
  for (const step of steps) log(await take(admin, step));
  const all = `${desired.length} topics in ${admin.namespace}`;
  log(steps.length === 0 ? `Nothing to do for ${all}` : `${all} are as they have to be`);
  return steps.length;
}

async function read(
  admin: TopicAdmin,
  desired: readonly DesiredTopic[],
): Promise<ReadonlyMap<string, ExistingTopic>> {
  const topics = new Map<string, ExistingTopic>();
  const counts = await admin.topics();
  for (const { name } of desired) {
    const partitions = counts.get(name);
    if (partitions === undefined) continue;
    topics.set(name, { partitions, subscriptions: await admin.subscriptions(name) });
  }
  return topics;
}

/** @returns what was done */
async function take(admin: TopicAdmin, step: TopicStep): Promise<string> {
  const { namespace } = admin;
  switch (step.kind) {
    case "create-tenant":
      await admin.createTenant();
      return `Created tenant ${namespace.split("/")[0]}`;
    case "create-namespace":
      await admin.createNamespace();
      return `Created namespace ${namespace}`;
    case "set-ttl":
      await admin.setTtl(step.seconds);
      return `Set the TTL of ${namespace} to ${step.seconds / 86_400} days`;
    case "set-retention":
      await admin.setRetention(step);
      return `Set the retention of ${namespace} to ${step.minutes / 1_440} days`;
    case "create-topic":
      await admin.createTopic(step.topic, step.partitions);
      return `Created topic ${step.topic}, ${counted(step.partitions)}`;
    case "add-partitions":
      await admin.addPartitions(step.topic, step.partitions);
      return `Gave topic ${step.topic} ${counted(step.partitions)}`;
    case "create-subscription":
      await admin.createSubscription(step.topic, step.subscription);
      return `Created subscription ${step.subscription} of ${step.topic}, at the earliest message`;
  }
}
