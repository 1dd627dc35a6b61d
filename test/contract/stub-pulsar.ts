import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";

/** A Pulsar that does what the test says with each connection that is tried. */
export class StubPulsar {
  readonly requests: IncomingMessage[] = [];
  /** Answers the n-th try, from 0, with an HTTP status or not at all, or serves its socket. */
  answer: (nth: number) => number | "never" | ((socket: WebSocket) => void) = () => 500;
  readonly #wires = new Set<Duplex>();
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #server = createServer();

  async start(): Promise<string> {
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#wires.add(socket);
      const answer = this.answer(this.requests.push(request) - 1);
      if (answer === "never") return;
      if (typeof answer === "number") socket.end(`HTTP/1.1 ${answer} Refused\r\nConnection: close\r\n\r\n`);
      else this.#sockets.handleUpgrade(request, socket, head, answer);
    });
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts every connection there is, as a broker does that hears nothing of a client. */
  cut(): void {
    for (const wire of this.#wires) wire.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** Gives each message a receipt. */
export function takeAll(socket: WebSocket): void {
  socket.on("message", (data) => {
    const { context }: { readonly context: string } = JSON.parse(String(data));
    socket.send(JSON.stringify({ result: "ok", messageId: `of ${context}`, context }));
  });
}
