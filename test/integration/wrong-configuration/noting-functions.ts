import type { Emit, InvocationReply, InvocationRequest } from "../../../lib/core/protocol/invocation.ts";
import { type Reaction, startLambdaApiStub } from "../../contract/lambda-api.ts";

/** Functions behind Lambda's API that note what they are given, and that a test makes wrong and puts right. */
export interface NotingFunctions {
  readonly endpoint: string;
  /** How the API refuses to invoke a function, by its name. */
  readonly refusals: Map<string, Reaction>;
  /** What they answer to each message, if anything. */
  emit: (payload: string) => Omit<Emit, "cause"> | undefined;
  /** They do not answer before. */
  answering: Promise<void>;
  /** The payloads that a function was given, in order, without those that came again. */
  given(name: string): readonly string[];
  close(): Promise<void>;
}

export async function startNotingFunctions(): Promise<NotingFunctions> {
  const given = new Map<string, Set<string>>();
  const { endpoint, close } = await startLambdaApiStub(async (request, response, body) => {
    const name = request.url?.split("/")[3] ?? "";
    const refusal = functions.refusals.get(name);
    if (refusal) {
      refusal(request, response, body);
      return;
    }
    const { records } = JSON.parse(body) as InvocationRequest;
    given.set(name, new Set([...(given.get(name) ?? []), ...records.map(({ payload }) => payload)]));
    await functions.answering;
    const emits = records.flatMap(({ id, payload }) => {
      const emit = functions.emit(payload);
      return emit ? [{ cause: id, ...emit }] : [];
    });
    response.end(JSON.stringify({ emits, batchItemFailures: [] } satisfies InvocationReply));
  });
  const functions: NotingFunctions = {
    endpoint,
    refusals: new Map(),
    emit: () => undefined,
    answering: Promise.resolve(),
    given: (name) => [...(given.get(name) ?? [])],
    close,
  };
  return functions;
}
