import { describe, expect, test } from "vitest";
import type { DesiredTopic } from "../../infra/topics/desired-topics.ts";
import type { Keeping } from "../../infra/topics/topic-admin.ts";
import { planTopics } from "../../infra/topics/topic-plan.ts";

const DAY_SECONDS = 86_400;
const KEPT = { ttlSeconds: 0, retention: { minutes: -1, megabytes: -1 } };
const TOPIC: DesiredTopic = {
  name: "orders",
  isOrdered: true,
  partitions: undefined,
  subscriptions: ["own"],
};

function plan(keeping: Keeping | undefined, desired: readonly DesiredTopic[] = [], partitions = 0) {
  const topics = new Map([["orders", { partitions, subscriptions: ["own"] }]]);
  return planTopics(desired, { hasTenant: true, keeping, topics });
}

describe("a namespace", () => {
  test.each<[string, Keeping, readonly string[]]>([
    ["for ever keeps it", KEPT, []],
    ["a week keeps it", { ttlSeconds: 7 * DAY_SECONDS, retention: { minutes: 10_080, megabytes: 500 } }, []],
    ["less than a week is told 30 days", { ...KEPT, ttlSeconds: 7 * DAY_SECONDS - 1 }, ["set-ttl"]],
    [
      "as the broker does is told",
      { ttlSeconds: undefined, retention: undefined },
      ["set-ttl", "set-retention"],
    ],
    [
      "for a week what takes no room is told",
      { ...KEPT, retention: { minutes: 10_080, megabytes: 0 } },
      ["set-retention"],
    ],
  ])("that keeps messages %s", (_, keeping, kinds) => {
    expect(plan(keeping).steps.map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe("a topic of the user's own", () => {
  test("keeps its partitions", () => {
    expect(plan(KEPT, [TOPIC], 12)).toEqual({ steps: [], refusals: [] });
  });

  test("gets a subscription that it lacks", () => {
    expect(plan(KEPT, [{ ...TOPIC, subscriptions: ["own", "another"] }]).steps).toEqual([
      { kind: "create-subscription", topic: "orders", subscription: "another" },
    ]);
  });
});

describe("a number of partitions is refused, with the reason", () => {
  test.each([
    ["of a topic read in order", { ...TOPIC, partitions: 8 }, 4, "Keep 4 partitions"],
    [
      "of a topic without any",
      { ...TOPIC, isOrdered: false, partitions: 8 },
      0,
      "delete it when it is empty",
    ],
    ["that is smaller", { ...TOPIC, isOrdered: false, partitions: 2 }, 4, "Pulsar removes no partitions"],
  ])("%s", (_, topic, partitions, reason) => {
    expect(plan(KEPT, [topic], partitions).refusals).toEqual([expect.stringContaining(reason)]);
  });
});
