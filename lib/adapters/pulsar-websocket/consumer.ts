import type { Consumer, ConsumerOptions, IncomingMessage } from "../../ports/broker.ts";
import { Inbox } from "../inbox.ts";
import { ReceivedMessage } from "../received-message.ts";
import { consumerUrl, type PulsarAddress } from "./address.ts";
import { Connection } from "./connection.ts";
import { type ReconnectOptions, reconnect } from "./reconnect.ts";

interface Frame {
  readonly messageId: string;
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
  readonly #inbox = new Inbox(() => this.#giveBack());
  readonly #lot: number;
  #connection: Connection | undefined;
  #taken = 0;
  #isClosed = false;

  constructor(options: ConsumerOptions, address: PulsarAddress, reconnectOptions: ReconnectOptions) {
    this.#options = options;
    this.#address = address;
    this.#reconnectOptions = reconnectOptions;
    this.#lot = Math.max(1, Math.floor(options.prefetch / 2));
  }

  /** Opens the first connection; from then on the consumer reopens it by itself. */
  async open(): Promise<this> {
    await this.#connect({ failsWhenRefused: true });
    return this;
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
    this.#isClosed = true;
    this.#inbox.close();
    await this.#connection?.close();
  }

  /** Cuts the connection, for tests: what it brought and was not acknowledged is delivered again. */
  disconnect(): void {
    this.#connection?.terminate();
  }

  async #connect(behaviour: { readonly failsWhenRefused: boolean }): Promise<void> {
    const connection = await reconnect(() => this.#openOnce(), this.#reconnectOptions, behaviour);
    if (this.#isClosed) await connection.close();
  }

  async #openOnce(): Promise<Connection> {
    const { token } = this.#address;
    let connection: Connection | undefined;
    connection = await Connection.open(consumerUrl(this.#address, this.#options), token, {
      onText: (text) => this.#take(JSON.parse(text) as Frame, connection),
      onClosed: () => this.#lose(),
    });
    this.#connection = connection;
    this.#taken = 0;
    this.#permit(Math.max(1, this.#options.prefetch));
    return connection;
  }

  #take(frame: Frame, connection: Connection | undefined): void {
    if (this.#isClosed || connection === undefined || connection !== this.#connection) return;
    const { messageId, payload, properties = {}, key, publishTime } = frame;
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
    if (this.#isClosed || this.#reconnectOptions.closing.aborted) return;
    // Ends only with the broker, which then closes this consumer.
    this.#connect({ failsWhenRefused: false }).catch(() => this.#inbox.close());
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
