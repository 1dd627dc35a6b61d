import { expect } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import {
  TaskFailedError,
  WorkflowCanceledError,
  WorkflowFailedError,
} from "../../lib/core/values/remote-errors.ts";
import { fixedDelay, noRetry } from "../../lib/core/values/retry.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { workflowContext } from "../../lib/workflow/workflow-context.ts";
import { getWorkflowById } from "../../lib/workflow/workflow-stub.ts";
import { scenariosWith } from "./scenario.ts";
import { failedText, Texts } from "./texts.ts";

interface Phones {
  /** Is busy once, and then gives the line that was. */
  call(): Promise<number>;
  callNested(): Promise<never>;
}
const Phones = defineService<Phones>("Phones");

class BusyError extends Error {
  override readonly name = "BusyError";
  readonly line: number;
  constructor(line: number, options?: ErrorOptions) {
    super("the line is busy", options);
    this.line = line;
  }
}

const phones: Phones = {
  async call() {
    const { lastFailure } = taskContext();
    if (!lastFailure) throw new BusyError(7);
    return Number(lastFailure.properties?.["line"]);
  },
  async callNested() {
    throw new Error("no call", { cause: new BusyError(9) });
  },
};

interface Errors {
  wait(): Promise<string>;
  codeFails(): Promise<never>;
  caught(): Promise<string>;
  uncaught(): Promise<string>;
  lastLine(): Promise<number>;
  nestedLine(): Promise<number>;
  notAwaited(): Promise<string>;
  branchFails(method: "uncaught" | "codeFails"): Promise<string>;
  propertiesAfterFailure(): Promise<string>;
  addAfter(text: string, ms: number): Promise<void>;
  readonly texts: Channel<string>;
}
const Errors = defineWorkflow<Errors>("Errors");

class ErrorsV1 extends Workflow implements Errors {
  readonly texts = channel<string>();
  #service = newService(Texts);
  #phones = newService(Phones);
  #self = getWorkflowById(Errors, workflowContext().workflowId);
  #text = "";

  async wait(): Promise<string> {
    return this.texts.receive();
  }

  async codeFails(): Promise<never> {
    throw new RangeError("out of range");
  }

  async caught(): Promise<string> {
    try {
      return await this.#service.fail("no text");
    } catch (error) {
      if (error instanceof TaskFailedError) return "ko";
      throw error;
    }
  }

  async uncaught(): Promise<string> {
    return this.#service.fail("no text");
  }

  async lastLine(): Promise<number> {
    return this.#phones.call();
  }

  async nestedLine(): Promise<number> {
    return this.#phones.callNested();
  }

  async notAwaited(): Promise<string> {
    this.#service.fail("no text");
    await timer("1s");
    return "ok";
  }

  async branchFails(method: "uncaught" | "codeFails"): Promise<string> {
    this.#self[method]();
    await timer("1s");
    return "ok";
  }

  async propertiesAfterFailure(): Promise<string> {
    this.#text = "a";
    const branch = this.#self.addAfter("c", 1_000);
    try {
      await this.#service.fail("no text");
    } catch {
      this.#text += "b";
    }
    await branch;
    return this.#text;
  }

  async addAfter(text: string, ms: number): Promise<void> {
    await timer(ms);
    this.#text += text;
  }
}

const scenario = scenariosWith({
  workflows: [workflowOf(Errors, ErrorsV1)],
  services: () => [
    serviceOf(Phones, phones, {
      retry: (failed, random) =>
        (failed.failure.name === "BusyError" ? fixedDelay("1s") : noRetry)(failed, random),
    }),
  ],
});

scenario(
  "ERR-01 † a waiting workflow is canceled: the client gets WorkflowCanceledError",
  async ({ client, until }) => {
    const flow = await client.newWorkflow(Errors).dispatch.wait();
    await client.getWorkflowById(Errors, flow.workflowId).cancel();
    const outcome = until(flow.result());
    await expect(outcome).rejects.toBeInstanceOf(WorkflowCanceledError);
    await expect(outcome).rejects.toMatchObject({ workflow: "Errors", workflowId: flow.workflowId });
  },
);

scenario(
  "ERR-02 an error in workflow code: WorkflowFailedError with the cause's name and message",
  async ({ client, until }) => {
    const outcome = until(client.newWorkflow(Errors).codeFails());
    await expect(outcome).rejects.toBeInstanceOf(WorkflowFailedError);
    await expect(outcome).rejects.toMatchObject({ cause: { name: "RangeError", message: "out of range" } });
  },
);

scenario("ERR-03 a TaskFailedError that is caught: the method goes on", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Errors).caught())).toBe("ko");
});

scenario(
  "ERR-04 † an uncaught task failure: WorkflowFailedError caused by TaskFailedError",
  async ({ client, until }) => {
    const outcome = until(client.newWorkflow(Errors).uncaught());
    await expect(outcome).rejects.toBeInstanceOf(WorkflowFailedError);
    await expect(outcome).rejects.toMatchObject({
      workflow: "Errors",
      method: "uncaught",
      cause: failedText,
    });
  },
);

scenario("ERR-05 custom properties of the original error are readable", async ({ client, until }) => {
  const outcome = until(client.newWorkflow(Errors).uncaught());
  await expect(outcome).rejects.toMatchObject({ cause: { cause: { properties: { language: "en" } } } });
});

scenario("ERR-05 and so is the failure of the previous attempt", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Errors).lastLine())).toBe(7);
});

scenario("ERR-06 they are readable through a nested cause", async ({ client, until }) => {
  await expect(until(client.newWorkflow(Errors).nestedLine())).rejects.toMatchObject({
    cause: {
      name: "TaskFailedError",
      cause: { message: "no call", cause: { name: "BusyError", properties: { line: 9 } } },
    },
  });
});

scenario(
  "ERR-07 a failing task that is not awaited does not fail the workflow",
  async ({ client, until }) => {
    expect(await until(client.newWorkflow(Errors).notAwaited())).toBe("ok");
  },
);

scenario("ERR-08 nor does one in another branch", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Errors).branchFails("uncaught"))).toBe("ok");
});

scenario("ERR-09 nor does an error in another branch", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Errors).branchFails("codeFails"))).toBe("ok");
});

scenario(
  "ERR-14 a second method run by the client fails: the error names that method",
  async ({ client, until }) => {
    const flow = await client.newWorkflow(Errors, { id: "e" }).dispatch.wait();
    const errors = client.getWorkflowById(Errors, "e");
    await expect(until(errors.uncaught())).rejects.toMatchObject({
      name: "WorkflowFailedError",
      method: "uncaught",
      cause: failedText,
    });
    await errors.texts.send("still there");
    expect(await until(flow.result())).toBe("still there");
  },
);

scenario(
  "ERR-20 properties right after a failed deferred, with a parallel branch",
  async ({ client, until }) => {
    expect(await until(client.newWorkflow(Errors).propertiesAfterFailure())).toBe("abc");
  },
);
