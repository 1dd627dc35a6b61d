import { WebSocket } from "ws";
import { InfiniticError } from "../../core/errors.ts";

/** The server closes what is idle for 5 minutes, and a dead peer is known by its missing pong. */
const PING_MS = 30_000;
const HANDSHAKE_MS = 20_000;
const CLOSE_MS = 5_000;

/** What a connection tells its owner. */
export interface ConnectionEvents {
  readonly onText: (text: string) => void;
  /** Called once, whichever side ended it. */
  readonly onClosed: () => void;
}

/** One open socket to the broker. It ends and is not reopened: its owner opens another. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #pinging: NodeJS.Timeout;

  private constructor(socket: WebSocket, { onText, onClosed }: ConnectionEvents) {
    this.#socket = socket;
    let isAlive = true;
    this.#pinging = setInterval(() => {
      if (!isAlive) socket.terminate();
      isAlive = false;
      socket.ping();
    }, PING_MS).unref();
    socket.on("pong", () => {
      isAlive = true;
    });
    socket.on("message", (data) => onText(String(data)));
    socket.on("close", () => {
      clearInterval(this.#pinging);
      onClosed();
    });
  }

  /**
   * Opens a socket.
   *
   * @throws InfiniticError `MISCONFIGURED` when the broker refuses (token, rights, kind of subscription),
   *   `BROKER_UNAVAILABLE` otherwise
   */
  static open(url: string, token: string | undefined, events: ConnectionEvents): Promise<Connection> {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const socket = new WebSocket(url, {
      headers,
      handshakeTimeout: HANDSHAKE_MS,
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    return new Promise((resolve, reject) => {
      const refused = (status: number): InfiniticError => {
        const isRefusal = status >= 400 && status < 500 && status !== 429 && status !== 408;
        const code = isRefusal ? "MISCONFIGURED" : "BROKER_UNAVAILABLE";
        return new InfiniticError(
          code,
          `expected the broker to accept ${withoutQuery(url)}, got HTTP ${status}`,
        );
      };
      socket.once("unexpected-response", (request, response) => {
        request.destroy();
        reject(refused(response.statusCode ?? 0));
      });
      socket.on("error", (cause) => {
        const message = `expected a connection to ${withoutQuery(url)}, got ${cause.message}`;
        reject(new InfiniticError("BROKER_UNAVAILABLE", message, { cause }));
      });
      socket.once("open", () => resolve(new Connection(socket, events)));
    });
  }

  send(text: string): void {
    this.#socket.send(text, ignoreError);
  }

  /** Sends what was given to it, then closes. */
  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.#socket.once("close", resolve));
    const impatient = setTimeout(() => this.#socket.terminate(), CLOSE_MS);
    this.#socket.close();
    await closed;
    clearTimeout(impatient);
  }

  /** Ends it at once, as a cut wire would. */
  terminate(): void {
    this.#socket.terminate();
  }
}

/** A send that fails is followed by the connection's end, which tells its owner. */
function ignoreError(): void {}

function withoutQuery(url: string): string {
  return url.split("?")[0] ?? url;
}
