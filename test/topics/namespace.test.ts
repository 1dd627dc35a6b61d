import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, inject, test } from "vitest";

const pulsar = inject("pulsar");
const SCRIPT = join(import.meta.dirname, "../../docs/examples/broker/namespace.sh");

test.skipIf(pulsar === undefined)(
  "a namespace of the real Pulsar takes the policies of the page",
  async () => {
    const adminUrl = pulsar?.webUrl ?? "";
    const namespace = `public/policies-${crypto.randomUUID().slice(0, 8)}`;
    const url = `${adminUrl}/admin/v2/namespaces/${namespace}`;
    await fetch(url, { method: "PUT" });
    execFileSync("bash", ["-e", SCRIPT], {
      env: { ...process.env, PULSAR_ADMIN_URL: adminUrl, PULSAR_NAMESPACE: namespace },
    });
    expect(await (await fetch(url)).json()).toMatchObject({
      message_ttl_in_seconds: 30 * 24 * 60 * 60,
      retention_policies: { retentionTimeInMinutes: 7 * 24 * 60, retentionSizeInMB: -1 },
      subscription_expiration_time_minutes: 0,
      inactive_topic_policies: {
        deleteWhileInactive: false,
        inactiveTopicDeleteMode: "delete_when_no_subscriptions",
      },
      backlog_quota_map: { destination_storage: { limitSize: 10 * 1024 ** 3, policy: "producer_exception" } },
      delayed_delivery_policies: { active: true },
      autoTopicCreationOverride: { allowAutoTopicCreation: false },
    });
  },
);
