import { inject } from "vitest";
import { startPulsar } from "../../infra/local/pulsar.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { MemoryConsumer } from "../../lib/adapters/memory/memory-consumer.ts";
import { startPulsarEndpoint } from "../../lib/adapters/memory/pulsar-endpoint.ts";
import { PulsarConsumer } from "../../lib/adapters/pulsar-websocket/consumer.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import type { Broker, Consumer } from "../../lib/ports/broker.ts";
import { brokerContract } from "./broker.ts";
import { brokerRestartContract } from "./broker-restart.ts";

/** Makes clients of a cluster, and closes them all. */
function clientsOf(webUrl: string): { connect(): Broker; closeAll(): Promise<void> } {
  const clients: Broker[] = [];
  return {
    connect() {
      const client = new PulsarWebSocketBroker({ webUrl });
      clients.push(client);
      return client;
    },
    async closeAll() {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

const cutSocket = (consumer: Consumer): void => {
  if (consumer instanceof PulsarConsumer) consumer.disconnect();
};

brokerContract("memory", async () => {
  const broker = new MemoryBroker();
  return {
    connect: () => broker, // in one process the broker is its own client
    cut: (consumer) => {
      if (consumer instanceof MemoryConsumer) consumer.reconnect();
    },
    stop: () => broker.close(),
  };
});

brokerContract("memory, through Pulsar's WebSocket API", async () => {
  const broker = new MemoryBroker();
  const endpoint = await startPulsarEndpoint({ broker });
  const { connect, closeAll } = clientsOf(endpoint.webUrl);
  const stop = async () => {
    await closeAll();
    await endpoint.close();
    await broker.close();
  };
  return { connect, cut: cutSocket, stop };
});

brokerRestartContract("memory, through Pulsar's WebSocket API", async () => {
  const broker = new MemoryBroker();
  let endpoint = await startPulsarEndpoint({ broker });
  const port = Number(new URL(endpoint.webUrl).port);
  const { connect, closeAll } = clientsOf(endpoint.webUrl);
  return {
    connect,
    kill: () => endpoint.close(),
    async restart() {
      endpoint = await startPulsarEndpoint({ broker, port });
    },
    async stop() {
      await closeAll();
      await endpoint.close();
      await broker.close();
    },
  };
});

const pulsar = inject("pulsar");
if (pulsar !== undefined) {
  brokerContract("Pulsar, through its WebSocket API", async () => {
    const { connect, closeAll } = clientsOf(pulsar.webUrl);
    return { connect, cut: cutSocket, stop: closeAll };
  });

  brokerRestartContract("Pulsar, through its WebSocket API", async () => {
    const own = await startPulsar();
    const { connect, closeAll } = clientsOf(own.webUrl);
    return {
      connect,
      kill: own.kill,
      restart: own.restart,
      async stop() {
        await closeAll();
        await own.stop();
      },
    };
  });
}
