import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import type { InvocationReply, InvocationRequest, KeyContext } from "../../lib/core/protocol/invocation.ts";
import type { EngineMessage } from "../../lib/core/protocol/messages.ts";
import { type EngineStores, workflowHandler } from "../../lib/engine/workflow-handler.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import type { TestWorkflow } from "../../lib/testing/test-workflow.ts";

/** A workflow function on stores in memory, invoked by hand: each message is a record of its key. */
export class EngineFunction {
  readonly stores: EngineStores;
  readonly #handler: ReturnType<typeof workflowHandler>;

  /** @param setup `stores`: those of another function, whose instances this one is to go on with */
  constructor(setup: {
    readonly workflow: TestWorkflow;
    readonly clock: Clock;
    readonly stores?: EngineStores;
  }) {
    const { workflow, clock } = setup;
    this.stores = setup.stores ?? memoryStores({ clock });
    this.#handler = workflowHandler({ ...workflow, ...this.stores, clock });
  }

  /** Invokes it with messages of one key. */
  async invoke(messages: readonly EngineMessage[], context?: KeyContext): Promise<InvocationReply> {
    const records = messages.map((message, index) => ({
      id: String(index),
      key: keyOf(message),
      payload: JSON.stringify(message),
    }));
    const keys = context && records[0] ? { keys: { [records[0].key]: context } } : {};
    return this.handle({ kind: "messages", records, ...keys });
  }

  /** Invokes it with a request as the bridge makes it. */
  async handle(request: InvocationRequest): Promise<InvocationReply> {
    return (await this.#handler(request)) as InvocationReply;
  }
}

/** What a reply sends, by kind. */
export const kindsOf = ({ emits }: InvocationReply): readonly string[] =>
  emits.map(({ payload }) => (JSON.parse(payload) as EngineMessage).kind);

const keyOf = (message: EngineMessage): string =>
  message.kind === "by-tag" ? message.tag : message.workflowId;
