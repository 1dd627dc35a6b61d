import { expect } from "vitest";
import { MemoryFunctionInvoker } from "../../lib/adapters/memory/function-invoker.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { Bridge } from "../../lib/bridge/bridge.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Failure } from "../../lib/core/values/failure.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import { workflowHandler } from "../../lib/engine/workflow-handler.ts";
import { apiHandler } from "../../lib/http/api-handler.ts";
import type { ApiSetup } from "../../lib/http/api-setup.ts";
import { fetchHandler } from "../../lib/http/fetch-handler.ts";
import { ROUTES } from "../../lib/http/routes.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Query } from "../../lib/runtime/query.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceHandler } from "../../lib/service/service-handler.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";

export interface Desk {
  greet(name: string): Promise<string>;
  /** Delegated: open until somebody completes or fails it. */
  ask(name: string): Promise<string>;
}
export const Desk = defineService<Desk>("Desk");

export interface Visit {
  run(name: string): Promise<string>;
  wait(): Promise<boolean>;
  fail(): Promise<never>;
  nothing(): Promise<void>;
  approved: Channel<boolean>;
  phase: Query<(prefix?: string) => string>;
  broken: Query<() => string>;
}
export const Visit = defineWorkflow<Visit>("Visit");

class VisitV1 extends Workflow implements Visit {
  #desk = newService(Desk);
  #phase = "new";
  readonly approved = channel<boolean>();
  readonly phase = query((prefix = "") => prefix + this.#phase);
  readonly broken = query((): string => {
    throw new RangeError("out of phase");
  });

  async run(name: string): Promise<string> {
    this.#phase = "greeting";
    const greeting = await this.#desk.greet(name);
    this.#phase = "greeted";
    return greeting;
  }

  async wait(): Promise<boolean> {
    this.#phase = "waiting";
    return this.approved.receive();
  }

  async fail(): Promise<never> {
    throw new RangeError("no visitors today", { cause: new Error("the door is stuck") });
  }

  async nothing(): Promise<void> {}
}

/** What stands before the API: tests of it run once more where that hands paths on decoded. */
export const gateway = { decodesPaths: false };

/** The whole system in memory, seen through its HTTP API. */
export async function startWorld(setup: Partial<ApiSetup> = {}) {
  const clock = systemClock;
  const broker = new MemoryBroker();
  const stores = memoryStores({ clock });
  const greeted: string[] = [];
  const greet = async (name: string): Promise<string> => {
    greeted.push(name);
    if (name === "nobody") throw new TypeError("nobody is not a name");
    return `hello ${name}`;
  };
  const visit = workflowHandler({
    definition: Visit,
    classes: [VisitV1],
    ...stores,
    clock,
  });
  const desk = serviceHandler(
    Desk,
    { greet, ask: async () => "" },
    { retry: noRetry, delegated: { ask: true } },
    { clock, random: Math.random, ...stores },
  );
  const invoker = new MemoryFunctionInvoker({ handlers: { visit, desk } });
  const bridge = new Bridge({
    broker,
    invoker,
    clock,
    options: {
      routes: [
        ...["workflow-engine:Visit", "workflow-tags:Visit", "workflow-engine:infinitic-task"].map(
          (topic) => ({
            topic,
            type: "key_shared" as const,
            functionName: "visit",
            timeoutMs: 10_000,
          }),
        ),
        { topic: "task-executor:Desk", type: "shared", functionName: "desk", timeoutMs: 10_000 },
      ],
    },
  });
  await bridge.start();
  const log: string[] = [];
  const handler = apiHandler({
    broker,
    ...stores,
    invoker,
    clock,
    workflows: { Visit: { functionName: "visit" } },
    services: ["Desk"],
    runsTasks: true,
    log: (line) => log.push(line),
    ...setup,
  });
  const fetch = fetchHandler(handler, gateway);
  return {
    broker,
    ...stores,
    clock,
    invoker,
    greeted,
    log,
    handler,
    fetch,
    call: caller(fetch),
    async close() {
      await bridge.close();
      await broker.close();
    },
  };
}

export type World = Awaited<ReturnType<typeof startWorld>>;

/** What tests read of an answer. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly status?: string | number;
    readonly workflowId?: string;
    readonly workflowIds?: readonly string[];
    readonly instances?: readonly { readonly workflowId: string; readonly startedAt: number }[];
    readonly taskId?: string;
    readonly after?: string;
    readonly run?: string;
    readonly methodId?: string;
    readonly result?: unknown;
    readonly error?: Failure;
    readonly code?: string;
    readonly detail?: string;
    readonly records?: readonly { readonly kind: string }[];
    readonly cursor?: string;
  };
}

/** Makes a function that calls an API: a body that is no text is sent as JSON. */
export function caller(fetch: ReturnType<typeof fetchHandler>) {
  return async (
    method: string,
    path: string,
    body?: unknown,
    headers: { readonly [name: string]: string } = {},
  ): Promise<Answered> => {
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(`http://api${path}`, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(text !== undefined && { body: text }),
    });
    const answer = (await response.json()) as Answered["body"];
    expectDescribed(method, path, response.status, answer);
    return { status: response.status, headers: response.headers, body: answer };
  };
}

/** The answers that the OpenAPI document knows are the ones that there are. */
function expectDescribed(method: string, path: string, status: number, answer: unknown): void {
  const { pathname } = new URL(`http://api${path}`);
  const called = ROUTES.find((route) => route.method === method && isPathOf(route.path, pathname));
  if (!called || status >= 400) return;
  const schema = called.answers[status]?.schema;
  expect([called.operationId, status, schema?.parse(answer)]).toEqual([called.operationId, status, answer]);
}

function isPathOf(path: string, pathname: string): boolean {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}/?$`).test(pathname);
}
