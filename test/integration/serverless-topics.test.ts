import { createRequire } from "node:module";
import { expect, inject, test } from "vitest";
import { PulsarAdmin } from "../../infra/topics/pulsar-admin.ts";
import { ran, sampleWith } from "./sample-service.ts";

const SERVERLESS = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
const pulsar = inject("pulsar");
const TIMEOUT = 120_000;

const manage = (directory: string, webUrl: string) =>
  ran([SERVERLESS, "infinitic", "topics"], directory, { PULSAR_WEB_URL: webUrl });

test.skipIf(pulsar === undefined)(
  "D6: `serverless infinitic topics` creates what the sample needs, says so, and has nothing to do the second time",
  async () => {
    const webUrl = pulsar?.webUrl ?? "";
    const tenant = `sample-${crypto.randomUUID().slice(0, 8)}`;
    const directory = await sampleWith((yaml) =>
      yaml.replace("    pulsar:\n", `    pulsar:\n      tenant: ${tenant}\n`),
    );
    const first = await manage(directory, webUrl);
    expect(first).toMatchObject({ code: 0 });
    expect(first.said).toContain(`Created tenant ${tenant}`);
    expect(first.said).toContain("Created subscription infinitic of workflow-engine:Booking");
    expect(first.said).toContain(`16 topics in ${tenant}/default are as they have to be`);
    const second = await manage(directory, webUrl);
    expect(second.said).toContain(`Nothing to do for 16 topics in ${tenant}/default`);
    expect(second.said).not.toContain("Created");
    const topics = await new PulsarAdmin({ adminUrl: webUrl, tenant, namespace: "default" }).topics();
    expect([...topics.keys()]).toContain("dlq:task-executor:Payments");
  },
  TIMEOUT,
);

test(
  "D6: a broker that is away is told with its code, without a stack",
  async () => {
    const { code, said } = await manage(await sampleWith((yaml) => yaml), "http://127.0.0.1:2");
    expect(code).toBe(1);
    expect(said).toContain("expected Pulsar's admin API at http://127.0.0.1:2, got: connect ECONNREFUSED");
    expect(said).not.toContain("    at ");
  },
  TIMEOUT,
);
