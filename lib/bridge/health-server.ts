import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import type { Bridge } from "./bridge.ts";

/**
 * Tells over HTTP how a bridge is: `/healthz` (the process runs), `/startz` (200 once every topic was subscribed, 503
 * before), `/readyz` (200, or 503 with the health issues that last) and `/metrics` (Prometheus text).
 */
export class HealthServer {
  readonly #server: Server;

  constructor(options: {
    readonly bridge: Pick<Bridge, "isStarted" | "isReady" | "healthIssues">;
    readonly registry: Registry;
  }) {
    const { bridge, registry } = options;
    this.#server = createServer((request, response) => {
      const answer = (status: number, type: string, body: string): void => {
        response.writeHead(status, { "content-type": type }).end(body);
      };
      const json = (status: number, body: object): void =>
        answer(status, "application/json", `${JSON.stringify(body)}\n`);

      switch (request.url?.split("?")[0]) {
        case "/healthz":
          json(200, { status: "ok" });
          break;
        case "/startz":
          json(bridge.isStarted ? 200 : 503, {
            started: bridge.isStarted,
            healthIssues: bridge.healthIssues,
          });
          break;
        case "/readyz":
          json(bridge.isReady ? 200 : 503, { ready: bridge.isReady, healthIssues: bridge.healthIssues });
          break;
        case "/metrics":
          registry.metrics().then(
            (text) => answer(200, registry.contentType, text),
            (error: unknown) => json(500, { error: String(error) }),
          );
          break;
        default:
          json(404, { error: "expected /healthz, /startz, /readyz or /metrics" });
      }
    });
  }

  /** Begins to listen, and resolves with the port. */
  async listen(port: number, host = "0.0.0.0"): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, resolve);
    });
    // A TCP server that listens has an address with a port.
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
