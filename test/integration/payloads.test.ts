import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type LocalS3, startLocalS3 } from "../../infra/local/s3.ts";
import { S3PayloadStore } from "../../lib/adapters/s3/payload-store.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { EngineStores } from "../../lib/engine/workflow-handler.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { realGround } from "./grounds.ts";

interface Copier {
  twice(text: string): Promise<string>;
}
const Copier = defineService<Copier>("Copier");

interface Archive {
  file(text: string): Promise<string>;
  readonly pages: Channel<string>;
}
const Archive = defineWorkflow<Archive>("Archive");

class ArchiveV1 extends Workflow implements Archive {
  readonly pages = channel<string>();
  private readonly copier = newService(Copier);

  async file(text: string) {
    const copied = await this.copier.twice(text);
    return copied + (await this.pages.receive());
  }
}

const pulsar = inject("pulsar");
const dynamodb = inject("dynamodb");

// Without them, the run has said so, in one line.
if (pulsar !== undefined && dynamodb !== undefined) {
  let s3: LocalS3;
  beforeAll(async () => {
    s3 = await startLocalS3({ bucket: "payloads" });
  });
  afterAll(() => s3.stop());
  const inS3 = (): Pick<EngineStores, "payloadStore"> => ({
    payloadStore: new S3PayloadStore({
      bucket: "payloads",
      endpoint: s3.endpoint,
      region: "local",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    }),
  });

  describe.each([
    ["S3", inS3],
    ["the table", () => ({})],
  ])("EXA-21 on the real Pulsar and DynamoDB Local, with payloads in %s,", (_, payloads) => {
    test("values of 1 KB to 1 MB go through arguments, tasks, signals and results", async () => {
      const { parts, close } = await realGround(pulsar, dynamodb);
      const system = await new TestSystem({
        workflows: [workflowOf(Archive, ArchiveV1)],
        services: [serviceOf(Copier, { twice: async (text) => text + text })],
        parts: { ...parts, ...payloads() },
      }).start();
      const lengths = [1_000, 8_000, 399_000, 450_000, 1_000_000];
      const filed = lengths.map(async (length) => {
        const text = "日".repeat(length / 2);
        const flow = await system.client.newWorkflow(Archive).dispatch.file(text);
        await system.client.getWorkflowById(Archive, flow.workflowId).pages.send(text);
        return (await flow.result()) === text + text + text;
      });
      expect(await Promise.all(filed)).toEqual(lengths.map(() => true));
      expect(system.healthIssues).toEqual([]);
      await system.close();
      await close();
    });
  });
}
