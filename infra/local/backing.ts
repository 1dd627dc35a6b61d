import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { startPulsarEndpoint } from "../../lib/adapters/memory/pulsar-endpoint.ts";
import { startDynalite } from "./dynalite.ts";
import { startDynamoDbLocal } from "./dynamodb-local.ts";
import { startPulsar } from "./pulsar.ts";

/** The broker and the store that a local system stands on. */
export interface Backing {
  readonly description: string;
  /** Of Pulsar, or of what speaks its WebSocket protocol. */
  readonly webUrl: string;
  /** Of DynamoDB, or of what imitates it. */
  readonly dynamoDbUrl: string;
  /** Servers that must go on running. */
  readonly servers: readonly { readonly name: string; readonly pid: number }[];
  stop(): Promise<void>;
}

/** Runs broker and store in this process, in memory. */
export async function startEmbeddedBacking(): Promise<Backing> {
  const broker = new MemoryBroker();
  const endpoint = await startPulsarEndpoint({ broker });
  const store = await startDynalite();
  return {
    description: `an embedded broker (${endpoint.webUrl}) and store`,
    webUrl: endpoint.webUrl,
    dynamoDbUrl: store.endpoint,
    servers: [],
    async stop() {
      await endpoint.close();
      await broker.close();
      await store.stop();
    },
  };
}

/**
 * Starts a real Pulsar and a DynamoDB Local, empty and temporary.
 *
 * @throws InfiniticError `MISCONFIGURED`, `BROKER_UNAVAILABLE`, `STORE_UNAVAILABLE`
 */
export async function startRealBacking(options: {
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}): Promise<Backing> {
  const starting = [startPulsar(options), startDynamoDbLocal(options)] as const;
  const stop = async (): Promise<void> => {
    const started = await Promise.allSettled(starting);
    await Promise.all(started.map((part) => (part.status === "fulfilled" ? part.value.stop() : undefined)));
  };
  try {
    const [pulsar, dynamoDb] = await Promise.all(starting);
    return {
      description: `Pulsar (${pulsar.webUrl}) and DynamoDB Local (${dynamoDb.endpoint})`,
      webUrl: pulsar.webUrl,
      dynamoDbUrl: dynamoDb.endpoint,
      servers: [
        { name: "Pulsar", pid: pulsar.pid },
        { name: "DynamoDB Local", pid: dynamoDb.pid },
      ],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
