import type { KeyContext } from "../../core/protocol/invocation.ts";
import type { IncomingMessage } from "../../ports/broker.ts";

/** What a request takes beside its records and keys: an upper bound. */
export const ENVELOPE_BYTES = 100;

/** How a request differs from an ordinary one. */
export type RequestMode = "run" | "do-not-run" | "died";

/** Makes the text of a request, message by message. */
export interface RequestBuilder {
  /** Adds a record, unless the request would grow beyond `maxBytes`; the first is always taken. */
  addRecord(message: IncomingMessage, maxBytes: number): boolean;
  /** Adds what is known of a key, unless the request would grow beyond `maxBytes`. */
  addKey(key: string, context: KeyContext, maxBytes: number): boolean;
  toString(mode: RequestMode): string;
}

/**
 * The JSON text of an InvocationRequest, built piece by piece: each piece is encoded once, and its size known
 * before it is taken.
 */
export class RequestText implements RequestBuilder {
  #records = "";
  #keys = "";
  #bytes = ENVELOPE_BYTES;

  addRecord(message: IncomingMessage, maxBytes: number): boolean {
    const text = recordText(message);
    const bytes = Buffer.byteLength(text) + 1;
    if (this.#records !== "" && this.#bytes + bytes > maxBytes) return false;
    this.#records += this.#records === "" ? text : `,${text}`;
    this.#bytes += bytes;
    return true;
  }

  addKey(key: string, context: KeyContext, maxBytes: number): boolean {
    const text = `${JSON.stringify(key)}:${JSON.stringify(context)}`;
    const bytes = Buffer.byteLength(text) + 1;
    if (this.#bytes + bytes > maxBytes) return false;
    this.#keys += this.#keys === "" ? text : `,${text}`;
    this.#bytes += bytes;
    return true;
  }

  toString(mode: RequestMode): string {
    const keys = this.#keys === "" ? "" : `,"keys":{${this.#keys}}`;
    const flag = mode === "run" ? "" : mode === "died" ? `,"died":true` : `,"run":false`;
    return `{"kind":"messages","records":[${this.#records}]${keys}${flag}}`;
  }
}

/** A message as a record of a request. */
export function recordText({ id, key, payload }: IncomingMessage): string {
  return JSON.stringify(key === undefined ? { id, payload } : { id, key, payload });
}
