import { describe, expect, test } from "vitest";
import { MemoryPayloadStore } from "../../lib/adapters/memory/payload-store.ts";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { defineService } from "../../lib/core/contract/definition.ts";
import { decodeEngineMessage } from "../../lib/core/protocol/decode.ts";
import type { InvocationReply } from "../../lib/core/protocol/invocation.ts";
import type { AttemptFailedMessage, ExecuteTaskMessage } from "../../lib/core/protocol/messages.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import { answerQuery } from "../../lib/engine/answer-query.ts";
import { encodeTip } from "../../lib/instance/tip.ts";
import { Workflow, type WorkflowClass } from "../../lib/runtime/workflow-class.ts";
import { serviceHandler } from "../../lib/service/service-handler.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { query } from "../../lib/workflow/query.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { hostile } from "../core/hostile-throws.ts";
import { InstanceDriver } from "./instance-driver.ts";

interface Mine {
  dig(): Promise<string>;
}
const Mine = defineService<Mine>("Mine");

const task: ExecuteTaskMessage = {
  kind: "execute-task",
  format: 1,
  id: "t:0.0",
  at: 0,
  service: "Mine",
  method: "dig",
  args: [],
  taskId: "t",
  sequence: 0,
  attempt: 0,
  caller: { workflow: "Trip", workflowId: "t-1", run: "r1", command: "0.0" },
};

const explode = (thrown: unknown): never => {
  throw thrown;
};

/** What a service function answers to the task, as the engine reads it. */
async function replyOf(dig: () => Promise<string>, isBatched = false): Promise<AttemptFailedMessage> {
  const batched = isBatched ? { batched: { dig: async () => (await dig()) as never } } : {};
  const parts = { clock: new ManualClock(), random: () => 0.5, payloadStore: new MemoryPayloadStore() };
  const handler = serviceHandler<Mine>(Mine, { dig }, { retry: noRetry, ...batched }, parts);
  const records = [{ id: "m", payload: JSON.stringify(task) }];
  const { emits } = (await handler({ kind: "messages", records })) as InvocationReply;
  return decodeEngineMessage(emits[0]?.payload ?? "", ["Trip"]) as AttemptFailedMessage;
}

async function started(code: WorkflowClass): Promise<InstanceDriver> {
  const trip = new InstanceDriver(code);
  await trip.start();
  return trip;
}

describe.each(hostile())("EDG-50 whoever throws %s", (_what, thrown) => {
  const failed = { failure: { name: expect.any(String), message: expect.any(String) } };

  test("in a task has failed its attempt", async () => {
    expect(await replyOf(async () => explode(thrown))).toMatchObject({ kind: "attempt-failed", ...failed });
  });

  test("in a batch has failed its tasks, or the one whose result that is", async () => {
    expect(await replyOf(async () => explode(thrown), true)).toMatchObject({
      kind: "attempt-failed",
      ...failed,
    });
    const resultOf = async () => new Map([["t", thrown]]) as never;
    expect((await replyOf(resultOf, true)).kind).toMatch(/^(attempt-failed|task-completed)$/);
  });

  test("in a task that keeps it in its meta has failed its attempt", async () => {
    const reply = await replyOf(async () => {
      (taskContext().meta as { [key: string]: unknown })["thrown"] = thrown;
      return explode(thrown);
    });
    expect(reply).toMatchObject({ kind: "attempt-failed", ...failed });
  });

  test("in a method has failed the method, also after a wait", async () => {
    const trip = await started(
      class extends Workflow {
        run = async (): Promise<never> => explode(thrown);
        later = async (): Promise<never> => {
          await timer("1m");
          return explode(thrown);
        };
      },
    );
    expect(trip.result()).toMatchObject({ status: "failed", error: failed.failure });
    await trip.call("later");
    trip.now += 60_000;
    await trip.wake();
    expect(trip.result("later")).toMatchObject({ status: "failed", error: failed.failure });
  });

  test("in an inline task has failed that once, and the code can catch it", async () => {
    let runs = 0;
    const trip = await started(
      class extends Workflow {
        async run(): Promise<string> {
          try {
            await inline(() => {
              runs += 1;
              explode(thrown);
            });
          } catch (error) {
            return (error as Error).name;
          }
          return "passed";
        }
      },
    );
    expect(trip.result()).toMatchObject({ status: "completed", result: expect.any(String) });
    expect(runs).toBe(1);
  });

  test("in a query, a constructor or a value that is sent is told whoever asked", async () => {
    class Asked extends Workflow {
      readonly state = query(() => explode(thrown));
      readonly value = query(() => ({ toJSON: () => explode(thrown) }));
      run = async (): Promise<void> => void (await timer("1m"));
      give = async (): Promise<unknown> => ({ toJSON: () => explode(thrown) });
    }
    const trip = await started(Asked);
    const { stateStore } = memoryStores({ clock: new ManualClock() });
    const item = { ...encodeTip(trip.instance.tip(), undefined), status: "running" };
    await stateStore.commit(trip.key, item, undefined);
    const { versions, payloads } = trip;
    for (const name of ["state", "value"]) {
      const asked = { kind: "query", workflowId: "t-1", query: name, args: [] } as const;
      expect(await answerQuery({ stateStore, versions, payloads }, "Trip", asked)).toMatchObject({
        kind: "refused",
        ...failed,
      });
    }
    await trip.call("give");
    expect(trip.result("give")).toMatchObject({ status: "failed", error: failed.failure });
    const broken = await started(
      class extends Workflow {
        readonly field = explode(thrown);
        run = async (): Promise<void> => undefined;
      },
    );
    expect(broken.instance.stopped).toMatchObject(failed);
  });
});
