import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import type { Emit, InvocationReply, InvocationRequest, Parked } from "../../lib/core/protocol/invocation.ts";
import {
  type EngineMessage,
  type ExecuteTaskMessage,
  MESSAGE_FORMAT,
} from "../../lib/core/protocol/messages.ts";
import { taskExecutorTopic, workflowEngineTopic, workflowTagsTopic } from "../../lib/core/protocol/topics.ts";
import { readInstance } from "../../lib/instance/read-instance.ts";
import type { InstanceKey } from "../../lib/ports/state-store.ts";
import type { Stage } from "./scenario.ts";

/** What became of one delivery of a message. */
export interface Delivery {
  /** What it made the function send, less the id of the record that caused it. */
  readonly sent: readonly Omit<Emit, "cause">[];
  readonly kinds: readonly string[];
  readonly parked: readonly Parked[];
  readonly failures: readonly string[];
}

/** A message less what every one has. */
export type Part = { readonly kind: string; readonly id: string; readonly [field: string]: unknown };

/**
 * Sends messages through the broker and sees what the function that gets them answers. Functions are asked as by a
 * bridge that has just come: it knows no hint, and nothing of what was published.
 */
export class Deliveries {
  readonly #awaited = new Map<string, ((delivery: Delivery) => void)[]>();

  /** For the cast. */
  readonly wrap = (name: string, handler: Handler): Handler =>
    name === "timers" ? handler : (event, context) => this.#watch(handler, event, context);

  /** Publishes a message and resolves once the function that it is for has answered. */
  async deliver(stage: Stage, message: object): Promise<Delivery> {
    const { promise, resolve } = Promise.withResolvers<Delivery>();
    const payload = JSON.stringify(message);
    this.#awaited.set(payload, [...(this.#awaited.get(payload) ?? []), resolve]);
    await stage.system.parts.broker.publish({ ...addressOf(message as EngineMessage), payload });
    return stage.until(promise);
  }

  async #watch(handler: Handler, event: never, context: Parameters<Handler>[1]): Promise<unknown> {
    const { keys = {}, ...request } = event as InvocationRequest;
    if (request.kind !== "messages") return handler(event, context);
    const resumed = Object.entries(keys).flatMap(([key, { resume }]) => (resume ? [[key, { resume }]] : []));
    const asked = { ...request, keys: Object.fromEntries(resumed) } as never;
    const reply = (await handler(asked, context)) as InvocationReply;
    for (const { id, payload } of request.records)
      this.#awaited.get(payload)?.shift()?.(deliveryOf(reply, id));
    return reply;
  }
}

function deliveryOf({ emits, parked = [], batchItemFailures }: InvocationReply, record: string): Delivery {
  const sent = emits.flatMap(({ cause, ...emit }) => (cause === record ? [emit] : []));
  return {
    sent,
    kinds: sent.map(({ payload }) => (JSON.parse(payload) as { kind: string }).kind),
    parked: parked.filter(({ id }) => id === record),
    failures: batchItemFailures.flatMap(({ itemIdentifier, reason = "" }) =>
      itemIdentifier === record ? [reason] : [],
    ),
  };
}

/** The topic and key that a message goes to. */
function addressOf(message: EngineMessage | ExecuteTaskMessage): { topic: string; key?: string } {
  if (message.kind === "execute-task") return { topic: taskExecutorTopic(message.service) };
  const { workflow } = message;
  return message.kind === "by-tag"
    ? { topic: workflowTagsTopic(workflow), key: message.tag }
    : { topic: workflowEngineTopic(workflow), key: message.workflowId };
}

/** One instance of a stage, spoken to by message. */
export class Correspondence {
  readonly key: InstanceKey;
  readonly run = crypto.randomUUID();
  readonly #deliveries: Deliveries;
  readonly #stage: Stage;

  constructor(deliveries: Deliveries, stage: Stage, workflow: string) {
    this.#deliveries = deliveries;
    this.#stage = stage;
    this.key = { workflow, workflowId: crypto.randomUUID() };
  }

  /** Fills in what every message has: it is for this run unless the part says otherwise. */
  message(part: Part): object {
    return { format: MESSAGE_FORMAT, at: this.#stage.clock.now(), ...this.key, run: this.run, ...part };
  }

  send(part: Part): Promise<Delivery> {
    return this.deliver(this.message(part));
  }

  deliver(message: object): Promise<Delivery> {
    return this.#deliveries.deliver(this.#stage, message);
  }

  start(method: string, more: object = {}): Promise<Delivery> {
    return this.send({ kind: "start", id: this.run, method, args: [], ...more });
  }

  /** Ends it whatever it does. */
  cancel(): Promise<Delivery> {
    return this.send({ kind: "cancel", id: `end-${this.run}` });
  }

  /** What is committed of it: without an instance there is no history. */
  async stored(): Promise<{
    readonly token: string | undefined;
    readonly history: readonly HistoryRecord[];
  }> {
    const { stateStore } = this.#stage.system.parts;
    const { item } = await stateStore.load(this.key);
    return { token: item?.v, history: (await readInstance(stateStore, this.key))?.history ?? [] };
  }

  async count(kind: HistoryRecord["kind"]): Promise<number> {
    return (await this.stored()).history.filter((record) => record.kind === kind).length;
  }
}
