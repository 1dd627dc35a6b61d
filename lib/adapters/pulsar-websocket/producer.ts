import { InfiniticError } from "../../core/errors.ts";
import type { OutgoingMessage } from "../../ports/broker.ts";
import { type PulsarAddress, producerUrl } from "./address.ts";
import { Connection } from "./connection.ts";
import { closed, type ReconnectOptions, reconnect } from "./reconnect.ts";

interface Pending {
  readonly resolve: (messageId: string) => void;
  readonly reject: (error: unknown) => void;
}

interface Receipt {
  readonly result: string;
  readonly messageId?: string;
  readonly context?: string;
  readonly errorMsg?: string;
}

/**
 * Publishes to one topic over one socket, opened at the first publish and reopened when there is something to send.
 *
 * Publishes are sent in the order of their calls. When the socket dies, those without a receipt are rejected: the
 * broker may have them or not.
 */
export class Producer {
  readonly #topic: string;
  readonly #address: PulsarAddress;
  readonly #options: ReconnectOptions;
  readonly #pending = new Map<string, Pending>();
  #connection: Connection | undefined;
  #opening: Promise<Connection> | undefined;
  #sent = 0;

  constructor(topic: string, address: PulsarAddress, options: ReconnectOptions) {
    this.#topic = topic;
    this.#address = address;
    this.#options = options;
  }

  publish(message: OutgoingMessage): Promise<string> {
    if (this.#connection) return this.#send(this.#connection, message);
    return this.#open().then((connection) => this.#send(connection, message));
  }

  async close(): Promise<void> {
    await this.#connection?.close();
    this.#rejectPending(closed());
  }

  #send(connection: Connection, message: OutgoingMessage): Promise<string> {
    if (connection !== this.#connection) return Promise.reject(this.#lost());
    const context = String(this.#sent++);
    const { key, payload, properties, deliverAt } = message;
    const frame = JSON.stringify({
      payload: Buffer.from(payload).toString("base64"),
      context,
      ...(key !== undefined && { key }),
      ...(properties && { properties }),
      ...(deliverAt !== undefined && { deliverAt }),
    });
    return new Promise((resolve, reject) => {
      this.#pending.set(context, { resolve, reject });
      connection.send(frame);
    });
  }

  /** One opening at a time: who publishes meanwhile waits for it, in order. */
  #open(): Promise<Connection> {
    this.#opening ??= reconnect(() => this.#connect(), this.#options, { failsWhenRefused: true }).finally(
      () => {
        this.#opening = undefined;
      },
    );
    return this.#opening;
  }

  async #connect(): Promise<Connection> {
    const { token } = this.#address;
    let isOpen = true;
    const connection = await Connection.open(producerUrl(this.#address, this.#topic), token, {
      onText: (text) => this.#receive(JSON.parse(text) as Receipt),
      onClosed: () => {
        isOpen = false;
        this.#connection = undefined;
        this.#rejectPending(this.#lost());
      },
    });
    if (!isOpen) throw this.#lost();
    this.#connection = connection;
    return connection;
  }

  #receive({ result, messageId = "", context = "", errorMsg }: Receipt): void {
    const pending = this.#pending.get(context);
    this.#pending.delete(context);
    if (result === "ok") pending?.resolve(messageId);
    else {
      const message = `expected topic ${this.#topic} to take a message, got ${result}: ${errorMsg}`;
      pending?.reject(new InfiniticError("BROKER_UNAVAILABLE", message));
    }
  }

  #rejectPending(error: InfiniticError): void {
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  #lost(): InfiniticError {
    return new InfiniticError(
      "BROKER_UNAVAILABLE",
      `expected a receipt of topic ${this.#topic}, lost the connection`,
    );
  }
}
