import type { BridgeOptions } from "../../lib/bridge/options.ts";
import { DELAYED_TOPIC, deadLetterTopic, SUBSCRIPTION } from "../../lib/core/protocol/topics.ts";

/** A topic as it has to be. */
export interface DesiredTopic {
  readonly name: string;
  /** Whether its keys, or all of it, are read in order: then its partition count must never change. */
  readonly isOrdered: boolean;
  /** 0: not partitioned. Undefined: whatever it is; a new one is not partitioned. */
  readonly partitions: number | undefined;
  readonly subscriptions: readonly string[];
}

/**
 * Tells which topics a bridge needs, each with its dead-letter topic.
 *
 * @param partitions of the topics of services and workflows; topics of the user's own stay as they are
 */
export function desiredTopics(
  { routes, triggers = [] }: Pick<BridgeOptions, "routes" | "triggers">,
  partitions?: number,
): readonly DesiredTopic[] {
  const topics = new Map<string, DesiredTopic>();
  const add = (topic: DesiredTopic): void => {
    const before = topics.get(topic.name);
    topics.set(topic.name, {
      ...topic,
      isOrdered: topic.isOrdered || (before?.isOrdered ?? false),
      subscriptions: [...new Set([...(before?.subscriptions ?? []), ...topic.subscriptions])],
    });
  };
  const addWithDeadLetters = (topic: DesiredTopic): void => {
    add(topic);
    add({
      name: deadLetterTopic(topic.name),
      isOrdered: false,
      partitions: undefined,
      subscriptions: [SUBSCRIPTION],
    });
  };
  for (const { topic, type, handler, subscription = SUBSCRIPTION } of routes) {
    const isOwn = handler !== "stream";
    addWithDeadLetters({
      name: topic,
      isOrdered: type !== "shared",
      partitions: isOwn ? partitions : undefined,
      subscriptions: [subscription],
    });
  }
  for (const { topic, type = "key_shared", subscription } of triggers) {
    const isOrdered = type !== "shared";
    addWithDeadLetters({ name: topic, isOrdered, partitions: undefined, subscriptions: [subscription] });
  }
  addWithDeadLetters({
    name: DELAYED_TOPIC,
    isOrdered: false,
    partitions: undefined,
    subscriptions: [SUBSCRIPTION],
  });
  return [...topics.values()];
}
