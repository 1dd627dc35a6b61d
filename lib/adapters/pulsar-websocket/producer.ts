import { InfiniticError } from "../../core/values/errors.ts";
import type { OutgoingMessage } from "../../ports/broker.ts";
import { closed, type ReconnectOptions, reconnect } from "../reconnect.ts";
import { type PulsarAddress, producerUrl } from "./address.ts";
import { Connection } from "./connection.ts";

interface Publish {
  readonly message: OutgoingMessage;
  readonly resolve: (messageId: string) => void;
  readonly reject: (error: unknown) => void;
}

interface Receipt {
  readonly result: string;
  readonly messageId?: string;
  readonly context?: string;
  readonly errorMsg?: string;
}

/** What a broker, or the policy of a topic, says that is set to take less than this adapter. */
const TOO_LARGE = /\bexceeds? (\d+ bytes|maximum message size)/i;

/** A caller of the API waits for 5 seconds: a broker that is back must be found sooner. */
const LONGEST_DELAY_MS = 1_000;
/** After so long without a receipt it is asked whether the other side of a socket is still there, */
const QUIET_MS = 1_000;
/** and for so long it may be silent then. */
const SILENT_MS = 1_000;

/**
 * Publishes to one topic over one socket, opened at the first publish and reopened when there is something to send:
 * after a loss, and where this process slept.
 *
 * Publishes are sent in the order of their calls. When the socket dies, those without a receipt are rejected: the
 * broker may have them or not.
 */
export class Producer {
  readonly #topic: string;
  readonly #address: PulsarAddress;
  readonly #options: ReconnectOptions;
  readonly #closing = new AbortController();
  /** Called while no connection is open. */
  #waiting: Publish[] = [];
  /** Sent and without a receipt, by context. */
  readonly #pending = new Map<string, Publish>();
  #connection: Connection | undefined;
  #isOpening = false;
  #isProbing = false;
  #sent = 0;
  /** When the broker last opened a connection or gave a receipt; epoch milliseconds. */
  #heardAt = 0;

  constructor(topic: string, address: PulsarAddress, options: Omit<ReconnectOptions, "closing">) {
    this.#topic = topic;
    this.#address = address;
    this.#options = { ...options, longestDelayMs: LONGEST_DELAY_MS, closing: this.#closing.signal };
  }

  publish(message: OutgoingMessage): Promise<string> {
    return new Promise((resolve, reject) => {
      const publish = { message, resolve, reject };
      if (this.#connection?.isOpen === false) this.#drop(this.#connection);
      if (this.#connection?.isStale && this.#pending.size === 0) this.#drop(this.#connection);
      if (this.#connection !== undefined) this.#send(this.#connection, publish);
      else {
        this.#waiting.push(publish);
        this.#open();
      }
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connection?.close();
    this.#reject(closed());
  }

  #send(connection: Connection, publish: Publish): void {
    const context = String(this.#sent++);
    this.#pending.set(context, publish);
    connection.send(frameOf(publish.message, context));
    if (this.#options.clock.now() - this.#heardAt >= QUIET_MS) this.#probe(connection);
  }

  /** Of a socket whose other side is gone without a word there is no sign: who waits for a receipt would wait in vain. */
  #probe(connection: Connection): void {
    if (this.#isProbing) return;
    this.#isProbing = true;
    const { clock, closing } = this.#options;
    connection
      .probe(() => clock.sleep(SILENT_MS, closing))
      .catch(() => undefined) // closed meanwhile
      .finally(() => {
        this.#isProbing = false;
      });
  }

  #open(): void {
    if (this.#isOpening) return;
    this.#isOpening = true;
    reconnect(`producer:${this.#topic}`, () => this.#connect(), this.#options, "first")
      .catch((error) => this.#reject(error))
      .finally(() => {
        this.#isOpening = false;
        if (this.#waiting.length > 0) this.#open();
      });
  }

  #connect(): Promise<Connection> {
    return Connection.open({
      url: producerUrl(this.#address, this.#topic),
      token: this.#address.token,
      closing: this.#closing.signal,
      onOpened: (connection) => {
        this.#connection = connection;
        this.#heardAt = this.#options.clock.now();
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const publish of waiting) this.#send(connection, publish);
      },
      onFrame: (frame, connection) => this.#settle(frame as Receipt, connection),
      onClosed: (connection) => this.#lose(connection),
    });
  }

  #settle({ result, messageId, context = "", errorMsg }: Receipt, connection: Connection): void {
    if (connection !== this.#connection) return;
    const publish = this.#pending.get(context);
    this.#pending.delete(context);
    if (result === "ok" && messageId !== undefined) {
      this.#heardAt = this.#options.clock.now();
      publish?.resolve(messageId);
      return;
    }
    const code = TOO_LARGE.test(errorMsg ?? "") ? "MESSAGE_TOO_LARGE" : "BROKER_UNAVAILABLE";
    publish?.reject(this.#failed(`${result}: ${errorMsg}`, code));
    // The broker's side of a producer whose topic was deleted, or moved, may fail for ever; a new one does not.
    this.#drop(connection);
  }

  #drop(connection: Connection): void {
    this.#lose(connection);
    connection.terminate();
  }

  #lose(connection: Connection): void {
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const publish of pending) publish.reject(this.#failed("a lost connection"));
  }

  #reject(error: unknown): void {
    const unanswered = [...this.#pending.values(), ...this.#waiting];
    this.#pending.clear();
    this.#waiting = [];
    for (const publish of unanswered) publish.reject(error);
  }

  #failed(
    got: string,
    code: "MESSAGE_TOO_LARGE" | "BROKER_UNAVAILABLE" = "BROKER_UNAVAILABLE",
  ): InfiniticError {
    return new InfiniticError(code, `expected a receipt of topic ${this.#topic}, got ${got}`);
  }
}

function frameOf({ key, payload, properties, deliverAt }: OutgoingMessage, context: string): string {
  let frame = `{"payload":"${Buffer.from(payload).toString("base64")}","context":"${context}"`;
  if (key !== undefined) frame += `,"key":${JSON.stringify(key)}`;
  if (properties !== undefined) frame += `,"properties":${JSON.stringify(properties)}`;
  if (deliverAt !== undefined) frame += `,"deliverAt":${deliverAt}`;
  return `${frame}}`;
}
