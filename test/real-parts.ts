import type { TestProject } from "vitest/node";
import { startDynamoDbLocal } from "../infra/local/dynamodb-local.ts";
import { findRuntime } from "../infra/local/java.ts";
import { startPulsar } from "../infra/local/pulsar.ts";
import { InfiniticError } from "../lib/core/values/errors.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The run's real Pulsar; undefined where none can be started, which in CI fails the run. */
    pulsar: { readonly serviceUrl: string; readonly webUrl: string } | undefined;
    /** The run's DynamoDB Local, in memory; undefined where none can be started, which in CI fails the run. */
    dynamodb: { readonly endpoint: string } | undefined;
  }
}

/** Starts one real Pulsar and one DynamoDB Local for the whole run; gives back what stops them. */
export default async function startRealParts({ provide }: TestProject): Promise<() => Promise<void>> {
  const runtime = await findRuntime();
  if (runtime.kind === "missing") {
    if (process.env["CI"] === "true") throw new InfiniticError("MISCONFIGURED", runtime.reason);
    provide("pulsar", undefined);
    provide("dynamodb", undefined);
    return async () => {};
  }

  const options = { onProgress: (line: string) => console.log(line) };
  const parts = [startPulsar(options), startDynamoDbLocal(options)] as const;
  const stop = async (): Promise<void> => {
    const started = await Promise.allSettled(parts);
    await Promise.all(started.map((part) => (part.status === "fulfilled" ? part.value.stop() : undefined)));
  };
  try {
    const [{ serviceUrl, webUrl }, { endpoint }] = await Promise.all(parts);
    provide("pulsar", { serviceUrl, webUrl });
    provide("dynamodb", { endpoint });
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
