import type { StreamRecord } from "../../lib/bridge/dispatch/stream-request.ts";
import type { InvocationReply, InvocationRequest } from "../../lib/core/protocol/invocation.ts";
import type { FunctionInvoker, InvokeOutcome } from "../../lib/ports/function-invoker.ts";

/** An invocation that waits for its outcome. */
export interface HandInvocation {
  readonly functionName: string;
  readonly text: string;
  readonly request: InvocationRequest;
  readonly ids: readonly string[];
  end(outcome: InvokeOutcome): void;
  answer(reply?: Partial<InvocationReply>): void;
}

/** An invoker whose every outcome is decided by the test. */
export class HandInvoker implements FunctionInvoker {
  /** Those without an outcome, oldest first. */
  readonly open: HandInvocation[] = [];
  count = 0;

  /** The oldest open invocation. */
  get first(): HandInvocation {
    const [first] = this.open;
    if (first === undefined) throw new Error("nothing is invoked");
    return first;
  }

  /** The ids of each open invocation's records. */
  get openIds(): readonly (readonly string[])[] {
    return this.open.map(({ ids }) => ids);
  }

  invoke(functionName: string, text: string): Promise<InvokeOutcome> {
    this.count += 1;
    return new Promise((resolve) => {
      const request = JSON.parse(text) as InvocationRequest & { readonly Records?: readonly StreamRecord[] };
      const invocation: HandInvocation = {
        functionName,
        text,
        request,
        ids: request.Records?.map(({ eventID }) => eventID) ?? (request.records ?? []).map(({ id }) => id),
        end: (outcome) => {
          this.open.splice(this.open.indexOf(invocation), 1);
          resolve(outcome);
        },
        answer: (reply = {}) =>
          invocation.end({
            kind: "answered",
            payload: JSON.stringify({ emits: [], batchItemFailures: [], ...reply }),
          }),
      };
      this.open.push(invocation);
    });
  }
}
