import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import { emitsOfEntry } from "../../lib/core/model/outbox.ts";
import type { InvocationReply, InvocationRequest, KeyContext } from "../../lib/core/protocol/invocation.ts";
import type { ExecuteTaskMessage, InstanceMessage, Message } from "../../lib/core/protocol/messages.ts";
import type { EngineStores } from "../../lib/engine/workflow-handler.ts";
import { readItem } from "../../lib/instance/read-instance.ts";
import { decodeTip, encodeTip, readHint } from "../../lib/instance/tip.ts";
import type { InstanceKey, StateItem, StateStore } from "../../lib/ports/state-store.ts";
import { EDGE_BUGS } from "./edge-bugs.ts";
import { OWN_BUGS } from "./own-bugs.ts";
import type { Inside, Parts, Sabotage } from "./sabotage.ts";

/** Bugs that the simulation must find; each makes the sabotage of one run. */
export const BUGS: { readonly [name: string]: () => Sabotage } = {
  ...OWN_BUGS,
  ...EDGE_BUGS,

  "publish before commit": () =>
    overStates((states, { truth, publish }) => ({
      commit: async (key, next, expected) => {
        const instance = await readItem(truth.stateStore, key, next);
        for (const entry of instance?.outbox.slice(-1) ?? [])
          for (const { topic, key: to, message } of emitsOfEntry(
            instance?.state as never,
            instance?.history ?? [],
            entry,
          ))
            publish({ topic, ...(to !== undefined && { key: to }), payload: JSON.stringify(message) });
        return states.commit(key, next, expected);
      },
    })),

  "ack before receipt": () => ({
    broker: (broker) => ({
      ...broker,
      publish: async (message) => {
        broker.publish(message).catch(() => undefined);
        return "a receipt that never was";
      },
    }),
  }),

  "no condition on the write": () =>
    overStates((states, { truth }) => ({
      commit: async (key, next) => states.commit(key, next, (await truth.stateStore.load(key)).item?.v),
    })),

  "hint trusted without its hash": () => {
    const claimed = new Map<string, string>();
    const trusted = (key: InstanceKey, { hint, ...rest }: KeyContext): KeyContext => {
      if (hint === undefined || readHint(key, hint)) return { ...rest, ...(hint && { hint }) };
      const body = Buffer.from(hint.state, "base64");
      try {
        const { v } = encodeTip(decodeTip(key, body), `${Number.parseInt(hint.v, 10) - 1}`);
        claimed.set(v, hint.v);
        return { ...rest, hint: { v, state: hint.state } };
      } catch {
        return rest;
      }
    };
    return {
      sandbox: (functionName, { stores, make }) => {
        const { stateStore } = stores;
        const commit: StateStore["commit"] = (key, next, expected = "") =>
          stateStore.commit(key, next, claimed.get(expected) ?? (expected || undefined));
        const handler = make({ ...stores, stateStore: withMethods(stateStore, { commit }) });
        return mappingRequest(handler, functionName, (request) => withKeys(request, functionName, trusted));
      },
    };
  },

  "dedup off": () => {
    const deliveries = new Map<string, number>();
    return overMessages(async (message) => {
      if (message.kind !== "signal" && message.kind !== "method") return message;
      const nth = (deliveries.get(message.id) ?? 0) + 1;
      deliveries.set(message.id, nth);
      return nth === 1 ? message : { ...message, id: `${message.id}~${nth}` };
    });
  },

  "emit re-sent without its id": () => {
    const answered = new Set<string>();
    return overReplies("workflow-", (_request, reply) => ({
      ...reply,
      emits: reply.emits.map((emit) => {
        const message = JSON.parse(emit.payload) as Message;
        const isAgain = answered.has(message.id);
        answered.add(message.id);
        return isAgain
          ? { ...emit, payload: JSON.stringify({ ...message, id: `${message.id}~again` }) }
          : emit;
      }),
    }));
  },

  "no read before a no-write answer": () => ({
    sandbox: (functionName, { stores, make }) => {
      let keys: InvocationRequest["keys"] = {};
      const { stateStore } = stores;
      const load: StateStore["load"] = async (key) => {
        const hint = keys?.[key.workflowId]?.hint;
        if (hint === undefined || !readHint(key, hint)) return stateStore.load(key);
        const item = { v: hint.v, body: Buffer.from(hint.state, "base64"), status: "running" };
        return { item, readUnits: 0, writeUnits: 0 };
      };
      const handler = make({ ...stores, stateStore: withMethods(stateStore, { load }) });
      return mappingRequest(handler, functionName, (request) => {
        keys = request.keys ?? {};
        return request;
      });
    },
  }),

  "run not checked": () =>
    overMessages(async (message, { truth }) => {
      if (message.kind === "start" || message.run === undefined) return message;
      const { item } = await truth.stateStore.load(message);
      const run = item && decodeTip(message, item.body).run;
      return run === undefined ? message : ({ ...message, run } as InstanceMessage);
    }),

  "outbox dropped on reply": () => {
    const emptied = (key: InstanceKey, item: StateItem | undefined): StateItem | undefined =>
      item && { ...item, body: encodeTip({ ...decodeTip(key, item.body), outbox: [] }, undefined).body };
    return {
      sandbox: (functionName, { stores, make }) => {
        const { stateStore } = stores;
        const load: StateStore["load"] = async (key) => {
          const loaded = await stateStore.load(key);
          return { ...loaded, item: emptied(key, loaded.item) };
        };
        const commit: StateStore["commit"] = async (key, next, expected) => {
          const result = await stateStore.commit(key, next, expected);
          return result.committed ? result : { ...result, current: emptied(key, result.current) };
        };
        const handler = make({ ...stores, stateStore: withMethods(stateStore, { load, commit }) });
        const forget = (_key: InstanceKey, { hint: _hint, ...rest }: KeyContext): KeyContext => rest;
        return mappingRequest(handler, functionName, (request) => withKeys(request, functionName, forget));
      },
    };
  },

  "an emit that no decoder takes": () =>
    overReplies("service-", (_request, reply) => ({
      ...reply,
      emits: reply.emits.map((emit) => {
        const message = JSON.parse(emit.payload) as Message;
        const isRetried = message.kind === "attempt-failed" && message.nextInMs !== undefined;
        return isRetried ? { ...emit, payload: JSON.stringify({ ...message, nextInMs: Number.NaN }) } : emit;
      }),
    })),

  "retry chain in the service": () =>
    overReplies("service-", ({ records }, reply) => ({
      ...reply,
      emits: reply.emits.map((emit) => {
        const failed = JSON.parse(emit.payload) as Message;
        if (failed.kind !== "attempt-failed" || failed.nextInMs === undefined) return emit;
        const record = records.find(({ id }) => id === emit.cause);
        const task = JSON.parse(record?.payload ?? "null") as ExecuteTaskMessage;
        const attempt = task.attempt + 1;
        const next = { ...task, attempt, id: `${task.taskId}:${task.sequence}.${attempt}` };
        const deliverAt = failed.at + failed.nextInMs;
        return {
          cause: emit.cause,
          topic: `task-executor:${task.service}`,
          payload: JSON.stringify(next),
          deliverAt,
        };
      }),
    })),
};

/** Replaces methods of the state store, as sandboxes reach it. */
function overStates(replace: (states: StateStore, inside: Inside) => Partial<StateStore>): Sabotage {
  return {
    sandbox: (_functionName, { stores, make }, inside) =>
      make({ ...stores, stateStore: withMethods(stores.stateStore, replace(stores.stateStore, inside)) }),
  };
}

/** Changes what workflow functions hear. */
function overMessages(
  change: (message: InstanceMessage, inside: Inside) => Promise<InstanceMessage>,
): Sabotage {
  return {
    sandbox: (functionName, { stores, make }, inside) =>
      mappingRequest(make(stores), functionName, async (request) => {
        const records = request.records.map(async (record) => {
          const message = JSON.parse(record.payload) as Message;
          if (message.kind === "by-tag" || message.kind === "execute-task") return record;
          return { ...record, payload: JSON.stringify(await change(message, inside)) };
        });
        return { ...request, records: await Promise.all(records) };
      }),
  };
}

/** Changes what functions of one kind answer. */
function overReplies(
  prefix: "workflow-" | "service-",
  change: (request: InvocationRequest, reply: InvocationReply) => InvocationReply,
): Sabotage {
  return {
    sandbox: (functionName, { stores, make }: Parts) => {
      const handler = make(stores);
      if (!functionName.startsWith(prefix)) return handler;
      return async (event, context) => change(event, (await handler(event, context)) as InvocationReply);
    },
  };
}

function mappingRequest(
  handler: Handler,
  functionName: string,
  change: (request: InvocationRequest) => InvocationRequest | Promise<InvocationRequest>,
): Handler {
  if (!functionName.startsWith("workflow-")) return handler;
  return async (event, context) => handler((await change(event)) as never, context);
}

function withKeys(
  request: InvocationRequest,
  functionName: string,
  change: (key: InstanceKey, context: KeyContext) => KeyContext,
): InvocationRequest {
  const workflow = functionName.slice("workflow-".length);
  const keys = Object.entries(request.keys ?? {});
  return {
    ...request,
    keys: Object.fromEntries(
      keys.map(([workflowId, context]) => [workflowId, change({ workflow, workflowId }, context)]),
    ),
  };
}

function withMethods<S extends EngineStores["stateStore"]>(
  store: S,
  methods: Partial<StateStore>,
): StateStore {
  return {
    load: (key) => store.load(key),
    commit: (key, next, expected) => store.commit(key, next, expected),
    putChunk: (key, chunk) => store.putChunk(key, chunk),
    loadChunks: (key, run) => store.loadChunks(key, run),
    deleteRun: (key, run) => store.deleteRun(key, run),
    ...methods,
  };
}
