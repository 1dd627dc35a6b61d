import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryPayloadStore } from "../../lib/adapters/memory/payload-store.ts";
import { defineService } from "../../lib/core/contract/definition.ts";
import { decodeEngineMessage } from "../../lib/core/protocol/decode.ts";
import type { InvocationReply } from "../../lib/core/protocol/invocation.ts";
import type { AttemptFailedMessage, ExecuteTaskMessage } from "../../lib/core/protocol/messages.ts";
import { exponentialBackoff, fixedDelay, type RetryPolicy } from "../../lib/core/values/retry.ts";
import { serviceHandler } from "../../lib/service/service-handler.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

interface Bank {
  charge(): Promise<string>;
}
const Bank = defineService<Bank>("Bank");
const bank: Bank = {
  charge: async () => {
    throw new RangeError("too dear");
  },
};

const task: ExecuteTaskMessage = {
  kind: "execute-task",
  format: 1,
  id: "t:0.0",
  at: 0,
  service: "Bank",
  method: "charge",
  args: [],
  taskId: "t",
  sequence: 0,
  attempt: 0,
  caller: { workflow: "Trip", workflowId: "t-1", run: "r1", command: "0.0" },
};

/** What the engine reads of a failed attempt whose policy is this. */
async function replyTo(retry: RetryPolicy): Promise<AttemptFailedMessage> {
  const parts = { clock: new ManualClock(), random: () => 0.5, payloadStore: new MemoryPayloadStore() };
  const handler = serviceHandler(Bank, bank, { retry }, parts);
  const records = [{ id: "m", payload: JSON.stringify(task) }];
  const { emits } = (await handler({ kind: "messages", records })) as InvocationReply;
  return decodeEngineMessage(emits[0]?.payload ?? "", ["Trip"]) as AttemptFailedMessage;
}

const YEAR_MS = 365 * 86_400_000;
const giving = (given: unknown): RetryPolicy => (() => given) as RetryPolicy;

describe("EDG-40 a policy that gives what is no delay", () => {
  test.each<[string, unknown]>([
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["a text", "5"],
    ["a duration as a text", "5s"],
    ["null", null],
    ["true", true],
    ["false", false],
    ["an object", { delay: 5 }],
    ["an array", [5]],
    ["a function", () => 5],
    ["a BigInt", 5n],
    ["a symbol", Symbol("5")],
    ["a Date", new Date(5)],
    ["a promise", Promise.resolve(5)],
    ["more than a hundred years", 101 * YEAR_MS],
    ["more than a Date can tell", 9e15],
    ["the largest number", Number.MAX_VALUE],
    ["a boxed number", Object(5)],
  ])("fails its task: %s", async (_what, given) => {
    const reply = await replyTo(giving(given));
    expect(reply).not.toHaveProperty("nextInMs");
    expect(reply.failure).toMatchObject({
      name: "InvalidRetryDelayError",
      message: expect.stringMatching(/^expected the retry policy to give milliseconds.*, got ./),
      cause: { name: "RangeError", message: "too dear" },
    });
  });

  test("fails its task when it is an async function, whatever that gives", async () => {
    for (const answer of [async () => 5, () => Promise.reject(new Error("later"))]) {
      expect((await replyTo(answer as unknown as RetryPolicy)).failure.name).toBe("InvalidRetryDelayError");
    }
  });

  test("fails its task when it is computed from a property that is not there", async () => {
    const retry: RetryPolicy = ({ attempt, failure }) =>
      attempt < 3 ? Number(failure.properties?.["retryAfter"]) * 1_000 : undefined;
    expect((await replyTo(retry)).failure.name).toBe("InvalidRetryDelayError");
  });

  test.each<[string, unknown, number | undefined]>([
    ["nothing", undefined, undefined],
    ["0", 0, 0],
    ["a negative number: at once", -5, 0],
    ["-0", -0, 0],
    ["a fraction", 2.5, 3],
    ["less than half of one", 0.2, 0],
    ["a year", YEAR_MS, YEAR_MS],
  ])("takes what is one: %s", async (_what, given, nextInMs) => {
    const reply = await replyTo(giving(given));
    expect(reply.nextInMs).toBe(nextInMs);
    expect(reply.failure.name).toBe("RangeError");
  });

  test("fails its task with what it throws", async () => {
    const reply = await replyTo(() => {
      throw new TypeError("policy");
    });
    expect(reply.failure).toMatchObject({
      name: "TypeError",
      message: "policy",
      cause: { name: "RangeError" },
    });
  });

  test("changes nothing of what the workflow is told by changing the failure", async () => {
    const reply = await replyTo(({ failure }) => {
      Object.assign(failure, { name: "", message: 5, properties: [] });
      return 5;
    });
    expect(reply).toMatchObject({ nextInMs: 5, failure: { name: "RangeError", message: "too dear" } });
  });

  test("never makes a reply that the engine cannot read", async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything({ withBigInt: true, withDate: true }), async (given) => {
        expect((await replyTo(giving(given))).kind).toBe("attempt-failed");
      }),
      { numRuns: 200 },
    );
  });
});

describe("EDG-40 options of a policy that give no delay", () => {
  const invalid = expect.objectContaining({ code: "INVALID_OPTION" });

  test.each<[string, object]>([
    ["a maxRetries that is a text", { maxRetries: "5" }],
    ["a factor that is NaN", { factor: Number.NaN }],
    ["a jitter that is null", { jitter: [] }],
    ["a minDelay that no clock reaches", { minDelay: "200w", maxDelay: "9".repeat(400) }],
    ["a maxDelay of a thousand years", { maxDelay: 1_000 * YEAR_MS }],
    ["names that are a text", { nonRetryable: "RangeError" }],
    ["names that are numbers", { nonRetryable: [5] }],
  ])("are refused: %s", (_what, options) => {
    expect(() => exponentialBackoff(options)).toThrow(invalid);
  });

  test("are refused where there is no policy at all", () => {
    const parts = { clock: new ManualClock(), random: () => 0.5, payloadStore: new MemoryPayloadStore() };
    for (const retry of [5, "5s", {}, null]) {
      expect(() => serviceHandler(Bank, bank, { retry: retry as never }, parts)).toThrow(invalid);
    }
  });

  test("keep every delay one that a clock reaches", async () => {
    for (const retry of [exponentialBackoff({ minDelay: "52w" }), fixedDelay("520w")]) {
      for (const attempt of [0, 1, 10]) {
        const failure = { name: "E", message: "m" };
        expect(retry({ attempt, failure }, () => 1)).toBeLessThanOrEqual(3_650 * 86_400_000);
      }
    }
  });
});
