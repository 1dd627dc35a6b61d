import { afterEach, describe, expect, test, vi } from "vitest";
import type { ClientInterceptor } from "../../lib/client/client-options.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Query } from "../../lib/runtime/query.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import type { WorkflowInterceptor } from "../../lib/runtime/workflow-interceptor.ts";
import { taskContext } from "../../lib/service/task-context.ts";
import type { TaskInterceptor } from "../../lib/service/task-interceptor.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { workflowContext } from "../../lib/workflow/workflow-context.ts";
import { getWorkflowById, getWorkflowByTag, newWorkflow } from "../../lib/workflow/workflow-stub.ts";

interface Desk {
  headers(): Promise<object>;
}
const Desk = defineService<Desk>("Desk");

interface Trip {
  run(how: string): Promise<unknown>;
  other(): Promise<unknown>;
  readonly word: Channel<string>;
  readonly seen: Query<() => unknown>;
}
const Trip = defineWorkflow<Trip>("Trip");

class TripV1 extends Workflow implements Trip {
  readonly word = channel<string>();
  readonly seen = query(() => "asked");
  private readonly desk = newService(Desk);

  async run(how: string): Promise<unknown> {
    switch (how) {
      case "task":
        return this.desk.headers();
      case "child":
        return newWorkflow(Trip).run("task");
      case "method":
        return getWorkflowById(Trip, "other").other();
      case "wait":
        return [await this.word.receive(), await this.other()];
      case "tag":
        getWorkflowByTag(Trip, "tagged").word.send("by tag");
        return "sent";
      default:
        await timer(how);
        return this.desk.headers();
    }
  }

  async other(): Promise<unknown> {
    return [workflowContext().headers, await this.desk.headers()];
  }
}

const tenants: ClientInterceptor = (call, next) => {
  call.headers["tenant"] = "ac\u00e9";
  return next();
};

function systemWith(setup: {
  readonly workflow?: readonly WorkflowInterceptor[];
  readonly task?: readonly TaskInterceptor[];
  readonly client?: readonly ClientInterceptor[];
}): TestSystem {
  return new TestSystem({
    workflows: [workflowOf(Trip, [TripV1], { interceptors: setup.workflow ?? [] })],
    services: [
      serviceOf(
        Desk,
        { headers: async () => taskContext().headers },
        { interceptors: setup.task ?? [], retry: noRetry },
      ),
    ],
    interceptors: setup.client ?? [],
    replay: "always",
  });
}

afterEach(() => vi.restoreAllMocks());

describe("headers", () => {
  test.each(["task", "child", "1h"])("INT headers reach %s", async (how) => {
    const system = await systemWith({ client: [tenants] }).start();
    expect(await system.until(system.client.newWorkflow(Trip).run(how))).toEqual({ tenant: "acé" });
    await system.close();
  });

  test("INT headers reach %s: a method that is called later, and its tasks", async () => {
    const system = await systemWith({ client: [tenants] }).start();
    await system.client.newWorkflow(Trip, { id: "other" }).dispatch.run("wait");
    const headers = { tenant: "acé" };
    expect(await system.until(system.client.newWorkflow(Trip).run("method"))).toEqual([headers, headers]);
    await system.close();
  });

  test("INT are those of each call, where a client writes others", async () => {
    let tenant = "a";
    const changing: ClientInterceptor = (call, next) => {
      call.headers["tenant"] = tenant;
      return next();
    };
    const system = await systemWith({ client: [changing] }).start();
    const flow = await system.client.newWorkflow(Trip, { id: "t" }).dispatch.run("wait");
    tenant = "b";
    const b = { tenant: "b" };
    expect(await system.until(system.client.getWorkflowById(Trip, "t").other())).toEqual([b, b]);
    await system.client.getWorkflowById(Trip, "t").word.send("go");
    const a = { tenant: "a" };
    expect(await system.until(flow.result())).toEqual(["go", [a, a]]);
    await system.close();
  });

  test.each([
    ["no JSON", "tenant=acme"],
    ["no object", '["acme"]'],
    ["larger than 4 KB", JSON.stringify({ tenant: "x".repeat(4_096) })],
  ])("INT the API refuses headers that are %s", async (_, header) => {
    const system = await systemWith({}).start();
    const response = await system.fetch("http://test/workflows/Trip", {
      method: "POST",
      headers: { "content-type": "application/json", "infinitic-headers": header },
      body: JSON.stringify({ args: ["task"] }),
    });
    const { code } = (await response.json()) as { readonly code: string };
    expect([response.status, code]).toEqual([400, "INVALID_REQUEST"]);
    await system.close();
  });

  test("INT that are too large fail the method that would send them", async () => {
    const large: WorkflowInterceptor = {
      outbound: ({ headers }) => {
        headers["big"] = "x".repeat(5_000);
      },
    };
    const system = await systemWith({ workflow: [large] }).start();
    const failure = { cause: { name: "InvalidOptionError" } };
    await expect(system.until(system.client.newWorkflow(Trip).run("task"))).rejects.toMatchObject(failure);
    await system.close();
  });
});

describe("interceptors", () => {
  test("INT around each method, signal and query", async () => {
    const seen: unknown[] = [];
    const watching: WorkflowInterceptor = {
      method: async ({ method, args, headers }, next) => [method, args, headers, await next()],
      signal: ({ channel, value, headers }) => void seen.push([channel, value, headers]),
      query: ({ query }, next) => [query, next()],
    };
    const system = await systemWith({ workflow: [watching], client: [tenants] }).start();
    const flow = await system.client.newWorkflow(Trip, { id: "t" }).dispatch.run("wait");
    const trip = system.client.getWorkflowById(Trip, "t");
    await trip.word.send("go");
    const headers = { tenant: "acé" };
    expect(await system.until(flow.result())).toEqual(["run", ["wait"], headers, ["go", [headers, headers]]]);
    expect(seen).toContainEqual(["word", "go", headers]);
    expect(await trip.query.seen()).toEqual(["seen", "asked"]);
    await system.close();
  });

  test("INT before each task, child, call, signal and timer, with what it is for", async () => {
    const sent: unknown[] = [];
    const watching: WorkflowInterceptor = {
      outbound: ({ kind, to, name }) => void sent.push([kind, to, name].join(" ")),
    };
    const system = await systemWith({ workflow: [watching] }).start();
    const run = (how: string) => system.until(system.client.newWorkflow(Trip).run(how));
    await run("child");
    await run("tag");
    await run("1h");
    for (const one of ["child Trip run", "task Desk headers", "by-tag Trip word", "timer  "])
      expect(sent).toContain(one);
    await system.close();
  });

  test("INT the first one is outermost", async () => {
    const order: string[] = [];
    const named =
      (name: string): TaskInterceptor =>
      async (_, next) => {
        order.push(`${name} begins`);
        await next();
        order.push(`${name} ends`);
      };
    const system = await systemWith({ task: [named("first"), named("second")] }).start();
    await system.until(system.client.newWorkflow(Trip).run("task"));
    expect(order).toEqual(["first begins", "second begins", "second ends", "first ends"]);
    await system.close();
  });

  test("INT what a task's interceptor throws fails the attempt", async () => {
    const refusing: TaskInterceptor = async () => {
      throw new RangeError("not today");
    };
    const system = await systemWith({ task: [refusing] }).start();
    const failure = { cause: { name: "TaskFailedError", cause: { message: "not today" } } };
    await expect(system.until(system.client.newWorkflow(Trip).run("task"))).rejects.toMatchObject(failure);
    await system.close();
  });

  test("INT one that does not call next() fails the attempt, and is told so", async () => {
    const system = await systemWith({ task: [async () => undefined] }).start();
    const failure = { cause: { cause: { name: "InvalidOptionError" } } };
    await expect(system.until(system.client.newWorkflow(Trip).run("task"))).rejects.toMatchObject(failure);
    await system.close();
  });

  test("INT a signal goes to its channel, whatever an interceptor throws", async () => {
    const lines: string[] = [];
    vi.spyOn(console, "error").mockImplementation((line) => void lines.push(String(line)));
    const broken: WorkflowInterceptor = {
      signal: () => {
        throw new RangeError("broken");
      },
    };
    const system = await systemWith({ workflow: [broken] }).start();
    const flow = await system.client.newWorkflow(Trip, { id: "t" }).dispatch.run("wait");
    await system.client.getWorkflowById(Trip, "t").word.send("go");
    expect(await system.until(flow.result())).toEqual(["go", [{}, {}]]);
    await vi.waitFor(() => expect(lines.some((line) => line.includes("UNCAUGHT_ERROR"))).toBe(true));
    await system.close();
  });

  test.each([
    ["no list", { interceptors: {} }],
    ["a hook that is none", { interceptors: [{ outbond: () => undefined }] }],
    ["an option that is none", { interceptor: [] }],
  ])("INT are refused where they are given: %s", (_, options) => {
    expect(() => workflowOf(Trip, [TripV1], options as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });
});
