import { expect, test } from "vitest";
import {
  handler,
  Mailer,
  Newsletter,
  NewsletterV1,
  SmtpMailer,
  sendBatch,
} from "../../docs/examples/batched.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithMachineClock } from "./systems.ts";

const { client } = await systemWithMachineClock({
  workflows: [workflowOf(Newsletter, NewsletterV1)],
  services: [
    serviceOf(Mailer, new SmtpMailer(), { batched: { send: sendBatch } }, { batchSize: 2, linger: "2s" }),
  ],
});

test("tasks of one batch key share a call", async () => {
  expect(await client.newWorkflow(Newsletter).run(["Ada", "Bob"], "acme")).toEqual([
    "mail 1 of 2 to Ada",
    "mail 2 of 2 to Bob",
  ]);
  expect(await handler({ method: "send", args: ["Eve", "news"] })).toBe("mail 1 of 1 to Eve");
});
