import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { InfiniticError } from "../../core/values/errors.ts";
import type { TokenSource } from "../renewed-token.ts";

/** The server closes what is idle for 5 minutes, and a dead peer is known by its missing pong. */
const PING_MS = 20_000;
const HANDSHAKE_MS = 20_000;
const CLOSE_MS = 5_000;

export interface ConnectionOptions {
  readonly url: string;
  readonly token: string | TokenSource | undefined;
  /** Ends the opening. */
  readonly closing: AbortSignal;
  /** Called before anything that the broker sends is read. */
  readonly onOpened?: (connection: Connection) => void;
  /** A JSON value. When it throws, the connection ends. */
  readonly onFrame?: (frame: unknown, connection: Connection) => void;
  /** Called once, whichever side ended it, if it was opened. */
  readonly onClosed?: (connection: Connection) => void;
}

/** One open socket to the broker. It ends and is not reopened: its owner opens another. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #wire: Socket | undefined;
  #isCorked = false;
  /** How often the other side was heard of. */
  #heard = 0;
  #heardAt = Date.now();

  private constructor(socket: WebSocket, wire: Socket | undefined, { onFrame, onClosed }: ConnectionOptions) {
    this.#socket = socket;
    this.#wire = wire;
    let isAlive = true;
    const pinging = setInterval(() => {
      if (!isAlive) return socket.terminate();
      isAlive = false;
      socket.ping(ignoreError);
    }, PING_MS).unref();
    socket.on("pong", () => {
      isAlive = true;
      this.#hear();
    });
    socket.on("message", (data) => {
      this.#hear();
      try {
        onFrame?.(JSON.parse(String(data)), this);
      } catch {
        socket.terminate();
      }
    });
    socket.on("close", () => {
      clearInterval(pinging);
      onClosed?.(this);
    });
  }

  /**
   * Opens a socket. When the broker refuses a token that has a source, once more with another.
   *
   * @throws InfiniticError `MISCONFIGURED` when the broker refuses (token, rights, kind of subscription),
   *   `BROKER_UNAVAILABLE` otherwise; what the source of the token throws
   */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const source = options.token;
    if (typeof source !== "object") return Connection.#dial(options, source);
    const token = await source.token();
    try {
      return await Connection.#dial(options, token);
    } catch (error) {
      const other =
        error instanceof InfiniticError && isAboutToken(error.cause)
          ? await source.replace(token)
          : undefined;
      if (other === undefined) throw error;
      return Connection.#dial(options, other);
    }
  }

  static #dial(options: ConnectionOptions, token: string | undefined): Promise<Connection> {
    const { url, closing, onOpened } = options;
    closing.throwIfAborted(); // while the token was awaited
    const socket = new WebSocket(url, {
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
      handshakeTimeout: HANDSHAKE_MS,
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    const abort = (): void => socket.terminate();
    closing.addEventListener("abort", abort, { once: true });
    const opened = new Promise<Connection>((resolve, reject) => {
      let wire: Socket | undefined;
      socket.once("upgrade", (response) => {
        wire = response.socket;
      });
      socket.once("open", () => {
        const connection = new Connection(socket, wire, options);
        onOpened?.(connection);
        resolve(connection);
      });
      socket.once("unexpected-response", (request, response) => {
        request.destroy();
        reject(refused(url, response.statusCode ?? 0));
      });
      socket.on("error", (cause) => {
        // Of several addresses that were tried, the message is empty.
        const got = cause.message || (cause as NodeJS.ErrnoException).code;
        const message = `expected a connection to ${withoutQuery(url)}, got ${got}`;
        reject(new InfiniticError("BROKER_UNAVAILABLE", message, { cause }));
      });
    });
    return opened.finally(() => closing.removeEventListener("abort", abort));
  }

  /**
   * Whether nothing was heard of the broker for the time of two pings: this process slept, and the other side may have
   * closed the socket without our knowing.
   */
  get isStale(): boolean {
    return Date.now() - this.#heardAt > 2 * PING_MS;
  }

  /** False from the moment at which either side says that it ends: what is sent then is lost. */
  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Sends soon: what is sent in one turn of the event loop leaves together, for it is the system call that costs. */
  send(text: string): void {
    if (!this.#isCorked && this.#wire !== undefined) {
      this.#isCorked = true;
      this.#wire.cork();
      setImmediate(() => this.#uncork());
    }
    this.#socket.send(text, ignoreError);
  }

  /** Asks the other side whether it is there, and ends the connection if nothing is heard of it during the pause. */
  async probe(pause: () => Promise<void>): Promise<void> {
    const heard = this.#heard;
    this.#socket.ping(ignoreError);
    await pause();
    // What came while this process stood still is read before the silence is judged.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#heard === heard) this.#socket.terminate();
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

  #hear(): void {
    this.#heard += 1;
    this.#heardAt = Date.now();
  }

  #uncork(): void {
    this.#isCorked = false;
    this.#wire?.uncork();
  }
}

/** A send that fails is followed by the connection's end, which tells its owner. */
function ignoreError(): void {}

function refused(url: string, status: number): InfiniticError {
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  const expected = isAboutToken(status) ? "a token with which the broker accepts" : "the broker to accept";
  return new InfiniticError(
    isRefusal ? "MISCONFIGURED" : "BROKER_UNAVAILABLE",
    `expected ${expected} ${withoutQuery(url)}, got HTTP ${status}`,
    { cause: status },
  );
}

function isAboutToken(status: unknown): boolean {
  return status === 401 || status === 403;
}

function withoutQuery(url: string): string {
  return url.split("?")[0] ?? url;
}
