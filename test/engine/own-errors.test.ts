import { describe, expect, test } from "vitest";
import { RULES } from "../../lib/core/model/rules.ts";
import type { Failure } from "../../lib/core/values/failure.ts";
import { failureOf } from "../../lib/core/values/failure.ts";
import { RemoteError } from "../../lib/core/values/remote-error.ts";
import { errorOf, TaskFailedError, WorkflowUnknownError } from "../../lib/core/values/remote-errors.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { Desk, InstanceDriver } from "./instance-driver.ts";

const task = { service: "Desk", method: "work", taskId: "Trip:t-1:r1:0.0" };
/** As it would come off the wire. */
const hop = (error: unknown) => errorOf(JSON.parse(JSON.stringify(failureOf(error))) as Failure);

describe("EDG-52 what code adds to an error before it throws it again", () => {
  test("arrives, after any number of hops", () => {
    const caught = hop(new TaskFailedError(task, { cause: new TypeError("boom") }));
    Object.assign(caught, { orderId: "42", tried: ["a", { b: null }] });
    const once = hop(caught);
    expect(once).toBeInstanceOf(TaskFailedError);
    for (const arrived of [once, hop(hop(once))]) {
      expect(arrived).toMatchObject({
        ...task,
        code: "TASK_FAILED",
        orderId: "42",
        tried: ["a", { b: null }],
      });
      expect(arrived.cause).toMatchObject({ name: "TypeError", message: "boom" });
    }
  });

  test("arrives beside what a remote error came with", () => {
    const remote = hop(Object.assign(new Error("no"), { cents: 5 })) as RemoteError;
    Object.assign(remote, { orderId: "42" });
    expect((hop(remote) as RemoteError).properties).toEqual({ cents: 5, orderId: "42" });
  });

  test("arrives when it changed the text or the cause", () => {
    const caught = hop(new TaskFailedError(task));
    caught.message = "the bank says no";
    caught.cause = new RangeError("since");
    const arrived = hop(caught);
    expect(arrived).toBeInstanceOf(TaskFailedError);
    expect(arrived).toMatchObject({
      message: "the bank says no",
      cause: { name: "RangeError", message: "since" },
    });
  });

  test("cannot take the place of what an error is made of", () => {
    const odd = JSON.parse(
      '{"__proto__": {"polluted": true}, "toString": "x", "constructor": "y"}',
    ) as object;
    const caught = hop(new TaskFailedError(task));
    for (const [key, value] of Object.entries(odd)) {
      Object.defineProperty(caught, key, { value, enumerable: true, configurable: true });
    }
    const arrived = hop(caught);
    expect(arrived).toBeInstanceOf(TaskFailedError);
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
  });
});

describe("EDG-52 a user's own error of one of our names", () => {
  class Theirs extends Error {
    override readonly name = "WorkflowUnknownError";
  }
  class Closer extends Theirs {
    readonly code = "WORKFLOW_UNKNOWN";
  }
  class Closest extends Closer {
    readonly workflow = "Trip";
    readonly workflowId = "t-1";
  }

  test.each([Theirs, Closer, Closest])("stays theirs, whatever it has: %o", (Class) => {
    const error = new Class("no such order");
    for (const arrived of [hop(error), hop(hop(hop(error)))]) {
      expect(arrived).toBeInstanceOf(RemoteError);
      expect(arrived).not.toBeInstanceOf(WorkflowUnknownError);
      expect(arrived).toMatchObject({ name: "WorkflowUnknownError", message: "no such order" });
    }
  });

  test("stays theirs without a stack", () => {
    const error = Object.assign(new Closest("no such order"), { stack: undefined });
    expect(hop(error)).toBeInstanceOf(RemoteError);
  });

  test("is still told from ours of an earlier version, which marked nothing", () => {
    const { foreign: _, ...theirs } = failureOf(new Closest("no such order"));
    expect(errorOf(theirs)).toBeInstanceOf(RemoteError);
    expect(
      errorOf(failureOf(new WorkflowUnknownError({ workflow: "Trip", workflowId: "t-1" }))),
    ).toBeInstanceOf(WorkflowUnknownError);
    // It has the name and the code, but not the facts of the class.
    const bare = { name: "WorkflowUnknownError", message: "m", properties: { code: "WORKFLOW_UNKNOWN" } };
    expect(errorOf(bare)).toBeInstanceOf(RemoteError);
  });
});

describe("EDG-52 workflow code", () => {
  class Catches extends Workflow {
    private readonly desk = newService(Desk);

    async run(): Promise<string> {
      try {
        await this.desk.work();
      } catch (error) {
        const cause = (error as Error).cause as Error & { readonly orderId?: string };
        return `${cause instanceof TaskFailedError} ${cause.orderId} ${cause.message}`;
      }
      return "passed";
    }
  }

  /** What code sees of a failure that a task of its task added a property to; under these rules of the engine. */
  async function seen(rules?: number): Promise<unknown> {
    const trip = new InstanceDriver(Catches);
    await trip.start();
    if (rules !== undefined) trip.follow(rules);
    const failure = failureOf(Object.assign(new TaskFailedError(task), { orderId: "42", message: "mine" }));
    await trip.send({ kind: "attempt-failed", command: "0.0", sequence: 0, attempt: 0, failure });
    return trip.result();
  }

  test("sees the whole failure", async () => {
    expect(await seen()).toEqual({ status: "completed", result: "true 42 mine" });
  });

  test("sees what it did before the rule, in a run that began then", async () => {
    const result = "true undefined task Desk.work failed";
    expect(await seen(RULES.failuresArriveWhole.number - 1)).toEqual({ status: "completed", result });
  });
});
