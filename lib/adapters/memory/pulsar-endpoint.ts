import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { hasCode } from "../../core/values/errors.ts";
import type { MemoryBroker } from "./memory-broker.ts";
import { parsePulsarPath } from "./pulsar-path.ts";
import { serveConsumer, serveProducer } from "./pulsar-session.ts";

/** Pulsar's own limit, of a frame's JSON: a larger one ends the socket. */
const MAX_FRAME_BYTES = 1024 * 1024;

const HEALTH_PATH = "/admin/v2/brokers/health";

/** A memory broker that is served to other processes. */
export interface PulsarEndpoint {
  /** `http://127.0.0.1:…`, as Pulsar's web service address. */
  readonly webUrl: string;
  /** Cuts all sockets and stops listening. The broker stays as it is. */
  close(): Promise<void>;
}

/**
 * Serves a memory broker over Pulsar's WebSocket protocol, on this machine only: the part of it that this
 * project's own adapter speaks (producers; consumers in pull mode).
 *
 * @param options `port`: a free one unless given
 * @example
 * const endpoint = await startPulsarEndpoint({ broker: new MemoryBroker() });
 * const broker = new PulsarWebSocketBroker({ webUrl: endpoint.webUrl });
 */
export async function startPulsarEndpoint({
  broker,
  port = 0,
}: {
  readonly broker: MemoryBroker;
  readonly port?: number;
}): Promise<PulsarEndpoint> {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
  const server = createServer(({ method, url }, response) => {
    const isHealthy = method === "GET" && url === HEALTH_PATH;
    response.writeHead(isHealthy ? 200 : 404, { "Content-Type": "text/plain" });
    response.end(isHealthy ? "ok" : "Not found");
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const endpoint = parsePulsarPath(request.url ?? "");
    if (endpoint.kind === "refused") return refuse(socket, endpoint.status, endpoint.reason);
    if (endpoint.kind === "producer") {
      sockets.handleUpgrade(request, socket, head, (ws) => serveProducer(ws, broker, endpoint.topic));
      return;
    }
    try {
      const subscription = broker.subscription(endpoint);
      sockets.handleUpgrade(request, socket, head, (ws) => serveConsumer(ws, subscription));
    } catch (error) {
      const isConflict = hasCode(error, "MISCONFIGURED");
      refuse(socket, isConflict ? 409 : 500, error instanceof Error ? error.message : String(error));
    }
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");

  return {
    webUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const ws of sockets.clients) ws.terminate();
      const stopped = once(server, "close");
      server.close();
      server.closeAllConnections();
      await stopped;
    },
  };
}

function refuse(socket: Duplex, status: number, reason: string): void {
  socket.on("error", () => undefined); // the client is gone already
  const body = JSON.stringify({ reason });
  const head = [
    `HTTP/1.1 ${status} Refused`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
