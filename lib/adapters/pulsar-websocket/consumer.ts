import type { Consumer, ConsumerOptions, IncomingMessage } from "../../ports/broker.ts";
import { Inbox } from "../inbox.ts";
import { ReceivedMessage } from "../received-message.ts";
import { type ReconnectOptions, reconnect } from "../reconnect.ts";
import { consumerUrl, type PulsarAddress, permitsOf } from "./address.ts";
import { Connection } from "./connection.ts";

interface Frame {
  readonly messageId: string;
  /** Base64. */
  readonly payload: string;
  readonly properties?: { readonly [name: string]: string };
  readonly key?: string;
  readonly publishTime: string;
}

/**
 * Consumes one subscription over one socket at a time, reopened whenever it dies.
 *
 * Pull mode: the server sends as many messages as it has permits. A permit is given back when a message leaves the
 * inbox, in lots, so that not every message costs a frame.
 */
export class PulsarConsumer implements Consumer {
  readonly #options: ConsumerOptions;
  readonly #address: PulsarAddress;
  readonly #reconnectOptions: ReconnectOptions;
  readonly #closing = new AbortController();
  readonly #inbox = new Inbox(() => this.#giveBack());
  readonly #permits: number;
  readonly #lot: number;
  #connection: Connection | undefined;
  #taken = 0;

  constructor(
    options: ConsumerOptions,
    address: PulsarAddress,
    reconnectOptions: Omit<ReconnectOptions, "closing">,
  ) {
    this.#options = options;
    this.#address = address;
    this.#reconnectOptions = { ...reconnectOptions, closing: this.#closing.signal };
    this.#permits = permitsOf(options.prefetch);
    this.#lot = Math.max(1, Math.floor(this.#permits / 2));
  }

  /** Opens the first connection; from then on the consumer reopens it by itself. */
  async open(): Promise<void> {
    await this.#reconnect("first");
  }

  receive(): Promise<IncomingMessage | undefined> {
    return this.#inbox.receive();
  }

  acknowledge(message: IncomingMessage): void {
    if (this.isCurrent(message)) this.#connection?.send(`{"messageId":"${message.id}"}`);
  }

  isCurrent(message: IncomingMessage): boolean {
    return this.#connection !== undefined && ReceivedMessage.isFrom(message, this.#connection);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#inbox.close();
    await this.#connection?.close();
  }

  /** Cuts the connection, for tests: what it brought and was not acknowledged is delivered again. */
  disconnect(): void {
    this.#connection?.terminate();
  }

  #connect(): Promise<Connection> {
    return Connection.open({
      url: consumerUrl(this.#address, this.#options),
      token: this.#address.token,
      closing: this.#closing.signal,
      onOpened: (connection) => {
        this.#connection = connection;
        this.#taken = 0;
        this.#permit(this.#permits);
      },
      onFrame: (frame, connection) => this.#take(frame as Frame, connection),
      onClosed: () => this.#lose(),
    });
  }

  #take({ messageId, payload, properties = {}, key, publishTime }: Frame, connection: Connection): void {
    if (this.#closing.signal.aborted) return;
    const message: IncomingMessage = {
      id: messageId,
      topic: this.#options.topic,
      ...(key !== undefined && { key }),
      payload: Buffer.from(payload, "base64").toString(),
      properties,
      publishedAt: Date.parse(publishTime),
    };
    this.#inbox.push(new ReceivedMessage(message, connection));
  }

  #lose(): void {
    this.#connection = undefined;
    this.#inbox.clear();
    // Ends only when this consumer is closed.
    this.#reconnect("again").catch(() => undefined);
  }

  #reconnect(connects: "first" | "again"): Promise<Connection> {
    const subject = `consumer:${this.#options.topic}`;
    return reconnect(subject, () => this.#connect(), this.#reconnectOptions, connects);
  }

  #giveBack(): void {
    this.#taken++;
    if (this.#taken < this.#lot) return;
    this.#permit(this.#taken);
    this.#taken = 0;
  }

  #permit(count: number): void {
    this.#connection?.send(`{"type":"permit","permitMessages":${count}}`);
  }
}
