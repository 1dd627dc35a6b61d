import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import type { ApiHandler } from "../../lib/http/api-handler.ts";
import { Process } from "./process.ts";
import type { World } from "./world.ts";

export interface WebRequest {
  readonly method: "GET" | "POST";
  /** As the client writes it, with its query. */
  readonly path: string;
  readonly key?: string;
  readonly body?: unknown;
}

export interface WebAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: { readonly [field: string]: unknown };
}

/** After which the gateway answers itself that nobody has. */
const TIMEOUT_MS = 12_000;

/** Makes the api function of one sandbox. */
export type MakeApi = (process: Process) => ApiHandler;

/**
 * A gateway that hands paths on decoded, sends some requests twice, and loses some answers; behind it the api function,
 * in a sandbox that is replaced when it has died.
 */
export class Gateway {
  readonly #world: World;
  readonly #make: MakeApi;
  #sandbox: { readonly process: Process; readonly handler: ApiHandler } | undefined;
  #requests = 0;

  constructor(world: World, make: MakeApi) {
    this.#world = world;
    this.#make = make;
  }

  /** Sends a request; undefined when no answer came, whatever became of it. */
  async send(request: WebRequest): Promise<WebAnswer | undefined> {
    const { faults } = this.#world;
    const what = `${request.method} ${request.path}`;
    const sent = this.#call(request);
    if (faults.strikes("request repeated", what)) void this.#call(request);
    const answer = await Promise.race([sent, this.#world.sleep(TIMEOUT_MS)]);
    return answer && faults.strikes("answer of the gateway lost", what) ? undefined : (answer ?? undefined);
  }

  #handler(): ApiHandler {
    if (this.#sandbox === undefined || this.#sandbox.process.isDead) {
      this.#requests += 1;
      const process = new Process(this.#world, `api/${this.#requests}`, "crash of a function");
      this.#sandbox = { process, handler: this.#make(process) };
    }
    return this.#sandbox.handler;
  }

  async #call({ method, path, key, body }: WebRequest): Promise<WebAnswer> {
    this.#requests += 1;
    const [rawPath = "", rawQueryString = ""] = path.split("?");
    const query = Object.fromEntries(new URLSearchParams(rawQueryString));
    const decoded = decodeURIComponent(rawPath);
    const event = {
      version: "2.0",
      routeKey: "$default",
      rawPath: decoded,
      rawQueryString,
      headers: { "content-type": "application/json", ...(key !== undefined && { "idempotency-key": key }) },
      ...(rawQueryString !== "" && { queryStringParameters: query }),
      ...(body !== undefined && { body: JSON.stringify(body) }),
      isBase64Encoded: false,
      requestContext: {
        requestId: `request-${this.#requests}`,
        stage: "$default",
        http: { method, path: decoded },
      },
    } as unknown as APIGatewayProxyEventV2; // of a gateway's event, what the api function reads
    const context = {
      awsRequestId: `request-${this.#requests}`,
      getRemainingTimeInMillis: () => TIMEOUT_MS,
    } as Context;
    const { statusCode = 200, headers = {}, body: text = "{}" } = await this.#handler()(event, context);
    const answer = JSON.parse(text) as WebAnswer["body"];
    return { status: statusCode, location: headers["location"]?.toString(), body: answer };
  }
}
