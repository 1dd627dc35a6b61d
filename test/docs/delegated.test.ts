import { expect, test } from "vitest";
import {
  Article,
  ArticleV1,
  accept,
  handler,
  Reviews,
  ReviewsByMail,
  refuse,
} from "../../docs/examples/delegated.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithMachineClock } from "./systems.ts";

const reviews = new ReviewsByMail();
const { client } = await systemWithMachineClock({
  workflows: [workflowOf(Article, ArticleV1)],
  services: [serviceOf(Reviews, reviews, { delegated: { review: { heartbeatTimeout: "1d" } } })],
});

async function handedOver(text: string): Promise<string> {
  await expect.poll(() => reviews.outbox.find((mail) => mail.text === text)).toBeDefined();
  return reviews.outbox.find((mail) => mail.text === text)?.taskId ?? "";
}

test("a delegated task is completed by somebody else", async () => {
  const flow = await client.newWorkflow(Article).dispatch.run("good");
  await accept(client, await handedOver("good"));
  expect(await flow.result()).toBe("published");
  expect(handler).toBeTypeOf("function");
});

test("a delegated task is failed by somebody else", async () => {
  const flow = await client.newWorkflow(Article).dispatch.run("bad");
  await refuse(client, await handedOver("bad"));
  await expect(flow.result()).rejects.toMatchObject({
    cause: { name: "TaskFailedError", cause: { message: "nobody can read this" } },
  });
});
