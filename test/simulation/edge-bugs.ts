import type { InvocationRequest } from "../../lib/core/protocol/invocation.ts";
import type { Message } from "../../lib/core/protocol/messages.ts";
import { isOwnedBy, referenceIn } from "../../lib/core/values/payload.ts";
import { Demand } from "../../lib/runtime/demand.ts";
import { PropertyWatch } from "../../lib/runtime/property-watch.ts";
import type { Sabotage } from "./sabotage.ts";

/** Bugs where users touch the system: in workflow code, over HTTP, in what they keep. */
export const EDGE_BUGS: { readonly [name: string]: () => Sabotage } = {
  "withdrawal of derived promises off": () => ({
    begin: () => {
      const { withdraw } = Demand.prototype;
      Demand.prototype.withdraw = () => undefined;
      return () => {
        Demand.prototype.withdraw = withdraw;
      };
    },
  }),

  "idempotency without the operation": () => ({ api: { keyedId: (key) => key } }),

  "a replayed random outside the guard": () => ({
    begin: () => {
      const guarded = Object.getOwnPropertyDescriptor(crypto, "randomUUID");
      let made = 0;
      const value = (): string => {
        made += 1;
        return `00000000-0000-4000-8000-${String(made).padStart(12, "0")}`;
      };
      Object.defineProperty(crypto, "randomUUID", { configurable: true, writable: true, value });
      return () => Object.defineProperty(crypto, "randomUUID", guarded ?? {});
    },
  }),

  "inline tasks that may change properties": () => ({
    begin: () => {
      const { settle } = PropertyWatch.prototype;
      PropertyWatch.prototype.settle = () => undefined;
      return () => {
        PropertyWatch.prototype.settle = settle;
      };
    },
  }),

  "a clean-up that ignores who waits": () => ({
    sandbox: (functionName, { stores, make }, { truth }) => {
      const handler = make(stores);
      if (!functionName.startsWith("workflow-")) return handler;
      return async (event, context) => {
        const reply = await handler(event, context);
        for (const { payload } of (event as Partial<InvocationRequest>).records ?? []) {
          const message = JSON.parse(payload) as Message;
          if (message.kind === "by-tag" || message.kind === "execute-task" || message.kind === "start")
            continue;
          const { workflow, workflowId, id: run } = message;
          const reference = referenceIn(message);
          const own = { workflow, workflowId, run };
          if (reference && isOwnedBy(reference, own)) await truth.payloadStore.deleteRun(own);
        }
        return reply;
      };
    },
  }),

  "a handle without its run": () => ({ keptAddress: (address) => address.replace(/\?.*/, "") }),
};
