import { expect, test } from "vitest";
import {
  Cards,
  DeclinedError,
  outcome,
  resumed,
  Seats,
  Ticket,
  TicketV1,
} from "../../docs/examples/errors.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithMachineClock } from "./systems.ts";

let works = false;
const seats: string[] = [];
const { client } = await systemWithMachineClock({
  workflows: [workflowOf(Ticket, TicketV1)],
  services: [
    serviceOf(
      Cards,
      {
        async charge(card) {
          if (works) return "paid";
          if (card === "broken") throw new Error("no line");
          throw new DeclinedError(1_000);
        },
      },
      { retry: noRetry },
    ),
    serviceOf(Seats, {
      reserve: async (seat) => `${seats.push(`reserved ${seat}`)}`,
      release: async (seat) => void seats.push(`released ${seat}`),
    }),
  ],
});

test("a task's failure is caught, with the properties of its cause", async () => {
  expect(await client.newWorkflow(Ticket).caught("4000")).toBe("declined above 1000");
  expect(await client.newWorkflow(Ticket).caught("broken")).toBe("Cards.charge failed");
});

test("what was done is undone, and the failure thrown on", async () => {
  await expect(client.newWorkflow(Ticket).compensated("4000", "7A")).rejects.toMatchObject({
    name: "WorkflowFailedError",
    cause: { name: "TaskFailedError", cause: { name: "DeclinedError" } },
  });
  expect(seats).toEqual(["reserved 7A", "released 7A"]);
});

test("a client learns of a failure; a failed method resumes when its task is retried", async () => {
  expect(await outcome(client, "ticket-1")).toBe("failed: TaskFailedError: task Cards.charge failed");
  works = true;
  // The wait may begin before the retry has come: then it gives the failure once more.
  await expect.poll(() => resumed(client, "ticket-1").catch(() => "failed")).toBe("paid");
  works = false;
});
