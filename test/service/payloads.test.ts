import { describe, expect, test } from "vitest";
import { MemoryPayloadStore } from "../../lib/adapters/memory/payload-store.ts";
import { defineService } from "../../lib/core/contract/definition.ts";
import type { InvocationReply } from "../../lib/core/protocol/invocation.ts";
import type { ExecuteTaskMessage } from "../../lib/core/protocol/messages.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import { isOwnedBy, type PayloadReference, refer, referenceIn } from "../../lib/core/values/payload.ts";
import { fixedDelay } from "../../lib/core/values/retry.ts";
import type { PayloadStore } from "../../lib/ports/payload-store.ts";
import { serviceHandler } from "../../lib/service/service-handler.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

interface Texts {
  length(text: string): Promise<number>;
  make(length: number): Promise<string>;
  note(length: number): Promise<void>;
}
const Texts = defineService<Texts>("Texts");

let calls = 0;
const texts: Texts = {
  length: async (text) => {
    calls += 1;
    return text.length;
  },
  make: async (length) => "x".repeat(length),
  note: async (length) => {
    taskContext().meta["note"] = "x".repeat(length);
    throw new RangeError("out of paper");
  },
};

const caller = { workflow: "Tour", workflowId: "t-1", run: "r1", command: "0.0" };
const task = (method: string, ...args: readonly (string | number)[]): ExecuteTaskMessage => ({
  kind: "execute-task",
  format: 1,
  id: "m",
  at: 0,
  service: "Texts",
  method,
  args,
  taskId: "task",
  sequence: 0,
  attempt: 0,
  caller,
});

/** What one task is answered. */
async function answerOf(message: ExecuteTaskMessage, payloadStore: PayloadStore = new MemoryPayloadStore()) {
  const world = { clock: new ManualClock(), random: () => 0.5, payloadStore };
  const handler = serviceHandler(Texts, texts, { retry: fixedDelay("1s") }, world);
  const records = [{ id: "1", payload: JSON.stringify(message) }];
  const reply = (await handler({ kind: "messages", records })) as InvocationReply;
  const [emit] = reply.emits;
  return { ...reply, reply: emit && JSON.parse(emit.payload) };
}

/** A store that does nothing but fail. */
function broken(code: "STORE_THROTTLED" | "PAYLOAD_MISSING"): PayloadStore {
  const fail = async (): Promise<never> => {
    throw new InfiniticError(code, "expected a payload store that works, got this one");
  };
  return { put: fail, get: fail, deleteRun: fail };
}

describe("a result", () => {
  test("that is large is kept under the run that waits for it", async () => {
    const store = new MemoryPayloadStore();
    const { reply } = await answerOf(task("make", 300_000), store);
    const reference = referenceIn(reply) as PayloadReference;
    expect(isOwnedBy(reference, caller)).toBe(true);
    expect(JSON.parse(await store.get(reference.key))).toBe("x".repeat(300_000));
  });

  test("that is too large fails the task at once", async () => {
    const { reply } = await answerOf(task("make", 5_300_000));
    expect(reply).toMatchObject({ kind: "attempt-failed", failure: { name: "ResultTooLargeError" } });
    expect(reply).not.toHaveProperty("nextInMs");
  });

  test("that cannot be kept now fails the attempt, which is retried", async () => {
    const { reply } = await answerOf(task("make", 300_000), broken("STORE_THROTTLED"));
    expect(reply).toMatchObject({ failure: { name: "StoreThrottledError" }, nextInMs: 1_000 });
  });
});

describe("arguments", () => {
  test("that are large are fetched before the task runs", async () => {
    const store = new MemoryPayloadStore();
    const reference = await store.put(caller, JSON.stringify(["x".repeat(400_000)]));
    const { reply } = await answerOf(refer(task("length"), reference), store);
    expect(reply).toMatchObject({ kind: "task-completed", value: 400_000 });
  });

  test("that cannot be fetched now are no attempt", async () => {
    const before = calls;
    const message = refer(task("length"), { key: "Tour/t-1/r1/name", bytes: 1 });
    const { emits, batchItemFailures } = await answerOf(message, broken("STORE_THROTTLED"));
    expect(emits).toEqual([]);
    expect(batchItemFailures).toEqual([{ itemIdentifier: "1", reason: expect.any(String) }]);
    expect(calls).toBe(before);
  });

  test("EDG-81 that are gone, or in another stack's store, fail the task at once", async () => {
    const message = refer(task("length"), { key: "Tour/t-1/r1/name", bytes: 1 });
    const { reply } = await answerOf(message, broken("PAYLOAD_MISSING"));
    expect(reply).toMatchObject({ kind: "attempt-failed", failure: { name: "PayloadMissingError" } });
    expect(reply).not.toHaveProperty("nextInMs");
  });
});

test("meta that is too large to travel is told in place of the failure that it came with", async () => {
  const small = await answerOf(task("note", 1_000));
  expect(small.reply).toMatchObject({ meta: { note: "x".repeat(1_000) }, failure: { name: "RangeError" } });
  const { reply } = await answerOf(task("note", 70_000));
  expect(reply).toMatchObject({
    failure: { name: "PayloadTooLargeError", cause: { name: "RangeError" } },
    nextInMs: 1_000,
  });
  expect(reply).not.toHaveProperty("meta");
});
