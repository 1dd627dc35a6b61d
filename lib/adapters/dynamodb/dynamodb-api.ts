import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { InfiniticError } from "../../core/values/errors.ts";
import { exchange } from "../exchange.ts";
import { type Answer, readAnswer } from "./answer.ts";
import type { DynamoDbTarget } from "./client.ts";
import { type RequestTemplate, resolveTemplate } from "./request-template.ts";
import { setupError } from "./store-error.ts";

export type Operation = "GetItem" | "PutItem" | "Query" | "BatchWriteItem";

/** More would only hide an outage from the caller, who retries with a longer breath. */
const MAX_ATTEMPTS = 2;
const RETRY_DELAY_MS = 25;

/** Of one attempt. */
const DEFAULT_TIMEOUT_MS = 5_000;

// As many connections as calls in flight: a call that queued for one would use up its timeout unsent.
const AGENT_OPTIONS = { keepAlive: true, maxSockets: Infinity, maxFreeSockets: 256 };

/** DynamoDB's API, called without the AWS SDK's middleware: half its CPU. */
export class DynamoDbApi {
  readonly tableName: string;
  readonly #target: DynamoDbTarget;
  readonly #timeoutMs: number;
  readonly #http = new HttpAgent(AGENT_OPTIONS);
  readonly #https = new HttpsAgent(AGENT_OPTIONS);
  #template: Promise<RequestTemplate> | undefined;

  constructor(options: {
    readonly tableName: string;
    readonly target: DynamoDbTarget;
    readonly timeoutMs?: number;
  }) {
    this.tableName = options.tableName;
    this.#target = options.target;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /**
   * Calls an operation on the table, twice if need be: the first call may have done its work although its answer
   * was lost.
   *
   * @param input the operation's, in DynamoDB's JSON
   * @throws InfiniticError `STORE_THROTTLED`, `STORE_UNAVAILABLE` (network, timeout, HTTP 5xx), `ITEM_TOO_LARGE`,
   * `MISCONFIGURED` (no table, no right, no credentials, no region)
   */
  async call(operation: Operation, input: object): Promise<Answer> {
    const body = Buffer.from(JSON.stringify(input));
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(operation, body);
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !isPassing(error as InfiniticError)) throw error;
        await sleep(RETRY_DELAY_MS * (1 + Math.random()));
      }
    }
  }

  async #attempt(operation: Operation, body: Buffer): Promise<Answer> {
    const { protocol, hostname, port, path, headers } = await this.#sign(operation, body);
    const agent = protocol === "https:" ? this.#https : this.#http;
    const request = { protocol, hostname, port, path, headers, body };
    return readAnswer(await exchange(request, { agent, timeoutMs: this.#timeoutMs }));
  }

  async #sign(operation: Operation, body: Buffer): Promise<Omit<RequestTemplate, "signer">> {
    try {
      this.#template ??= resolveTemplate(this.#target, this.tableName);
      const { signer, ...template } = await this.#template;
      const headers = {
        ...template.headers,
        "x-amz-target": `DynamoDB_20120810.${operation}`,
        "content-length": String(body.length),
      };
      const signed = await signer.sign({ ...template, method: "POST", query: {}, headers, body });
      return { ...template, headers: signed.headers };
    } catch (error) {
      this.#template = undefined;
      throw setupError(error);
    }
  }
}

function isPassing({ code }: InfiniticError): boolean {
  return code === "STORE_UNAVAILABLE" || code === "STORE_THROTTLED";
}
