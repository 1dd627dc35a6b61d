/**
 * The functions under the benchmark, for the function host: a workflow of string tasks, and the service of these.
 *
 * Tells the parent process of each completion and of each task's beginning, and counts what the engine did.
 */
import { dynamoDbStores } from "../../lib/adapters/dynamodb/stores.ts";
import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import type { InvocationReply, InvocationRequest } from "../../lib/core/protocol/invocation.ts";
import { type WorkflowHandler, workflowHandler } from "../../lib/engine/workflow-handler.ts";
import type { StateStore } from "../../lib/ports/state-store.ts";
import { serviceHandler } from "../../lib/service/service-handler.ts";
import { Chain, ChainV1, coldStepOf, type FunctionReport, type FunctionUsage, Text } from "./chain.ts";

const { stateStore, ...stores } = dynamoDbStores({
  tableName: process.env["INFINITIC_TABLE"] ?? "",
  endpoint: process.env["DYNAMODB_ENDPOINT"] ?? "",
  region: "local",
  clock: systemClock,
});

const usage = { invocations: 0, commits: 0, wru: 0, rru: 0, publishes: 0 };
const tell = (report: FunctionReport): void => {
  process.send?.(report);
};
process.on("message", () => tell({ kind: "usage", usage: { ...usage } satisfies FunctionUsage }));

/** Tells of instances that end, at their commit. */
const telling: StateStore = {
  load: (key) => stateStore.load(key),
  putChunk: (key, chunk) => stateStore.putChunk(key, chunk),
  loadChunks: (key, run) => stateStore.loadChunks(key, run),
  deleteRun: (key, run) => stateStore.deleteRun(key, run),
  async commit(key, next, expected) {
    const result = await stateStore.commit(key, next, expected);
    if (result.committed && next.status !== "running") {
      const body = Buffer.from(next.body).toString("base64");
      tell({ kind: "ended", id: key.workflowId, status: next.status, body });
    }
    return result;
  },
};

const sandbox = (): WorkflowHandler =>
  workflowHandler({
    definition: Chain,
    classes: [ChainV1],
    stateStore: telling,
    ...stores,
    isListed: process.env["INFINITIC_LIST"] === "on",
    clock: systemClock,
  });
const warm = sandbox();
const stepsDone = new Map<string, number>();

/** A cold step has a new sandbox and no hint. */
function chain(request: InvocationRequest): ReturnType<WorkflowHandler> {
  const id = request.records[0]?.key ?? "";
  const coldStep = coldStepOf(id);
  if (coldStep === undefined) return warm(request);
  const done = stepsDone.get(id) ?? 0;
  stepsDone.set(id, done + 1);
  return done === coldStep ? sandbox()({ ...request, keys: {} }) : warm(request);
}

const text = serviceHandler(
  Text,
  {
    concat: async (before: string, id: string) => {
      tell({ kind: "task", id, at: performance.timeOrigin + performance.now() });
      return `${before}x`;
    },
  },
  {},
  { clock: systemClock, random: Math.random, payloadStore: stores.payloadStore },
);

async function counted(reply: ReturnType<WorkflowHandler> | ReturnType<typeof text>) {
  const { usage: used, emits } = (await reply) as InvocationReply;
  usage.invocations++;
  usage.publishes += emits.length;
  usage.commits += used?.commits ?? 0;
  usage.wru += used?.writeUnits ?? 0;
  usage.rru += used?.readUnits ?? 0;
  return reply;
}

export const handlers: { readonly [name: string]: Handler } = {
  chain: (request: InvocationRequest) => counted(chain(request)),
  text: (request: InvocationRequest, context) => counted(text(request, context)),
};
