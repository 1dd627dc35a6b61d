import { join } from "node:path";
import { startDynamoDbLocal } from "../../infra/local/dynamodb-local.ts";
import { startPulsar } from "../../infra/local/pulsar.ts";
import { startChild } from "../child.ts";
import type { BenchOptions } from "./options.ts";

/** The broker and the store that a benchmark runs on, each in a process of its own. */
export interface Servers {
  readonly pulsarWebUrl: string;
  readonly dynamoDbEndpoint: string;
  readonly brokerPid: number;
  readonly storePid: number;
  stop(): Promise<void>;
}

/** Starts the real Pulsar and DynamoDB Local, or the embedded ones. */
export async function startServers(target: BenchOptions["target"]): Promise<Servers> {
  if (target === "pulsar") {
    const [pulsar, dynamoDb] = await Promise.all([startPulsar(), startDynamoDbLocal()]);
    return {
      pulsarWebUrl: pulsar.webUrl,
      dynamoDbEndpoint: dynamoDb.endpoint,
      brokerPid: pulsar.pid,
      storePid: dynamoDb.pid,
      stop: async () => void (await Promise.all([pulsar.stop(), dynamoDb.stop()])),
    };
  }
  const embedded = join(import.meta.dirname, "embedded-server.ts");
  const [broker, store] = await Promise.all([
    startChild(embedded, ["broker"], {}),
    startChild(embedded, ["store"], {}),
  ]);
  return {
    pulsarWebUrl: String(broker.ready["url"]),
    dynamoDbEndpoint: String(store.ready["url"]),
    brokerPid: broker.pid,
    storePid: store.pid,
    stop: async () => void (await Promise.all([broker.stop(), store.stop()])),
  };
}
