import type { ErrorCode } from "../../lib/core/values/errors.ts";
import { ProblemError, problemOf } from "../../lib/http/problem.ts";
import type { Plan } from "./plan.ts";
import type { Serverless } from "./serverless.ts";

/** The environment variable by which local mode gives the address of its Pulsar. */
export const LOCAL_PULSAR = "INFINITIC_LOCAL_PULSAR";

/** What a process that started serverless-offline is told once it listens. */
export type OfflineReady = Pick<Plan, "tableName" | "bridge">;

/** What is used of hapi, serverless-offline's HTTP server. */
interface HapiServer {
  ext(event: "onPreResponse", handle: (request: HapiRequest, toolkit: HapiToolkit) => unknown): void;
}
interface HapiRequest {
  readonly info: { readonly id: string };
  readonly response: {
    readonly isBoom?: boolean;
    readonly message: string;
    readonly output: { readonly statusCode: number };
  };
}
interface HapiToolkit {
  readonly continue: symbol;
  response(body: unknown): HapiResponse;
}
interface HapiResponse {
  code(status: number): HapiResponse;
  type(mediaType: string): HapiResponse;
}

const CODES: { readonly [status: number]: ErrorCode } = {
  400: "INVALID_REQUEST",
  404: "UNKNOWN_ROUTE",
  413: "BODY_TOO_LARGE",
};

/** Puts the Pulsar of local mode in place of the settings' own: what is tried locally reaches no other. */
export function useLocalPulsar({ custom }: Serverless["service"]): void {
  const webUrl = process.env[LOCAL_PULSAR];
  if (webUrl && custom?.infinitic) Object.assign(custom.infinitic, { pulsar: { webUrl } });
}

/** Leaves out what only Lambda has, where functions run on this machine: here a function has no alias. */
export function leaveOutAliases({ processedInput, service }: Serverless): void {
  const [command, subcommand] = processedInput?.commands ?? [];
  if (command !== "offline" && !(command === "invoke" && subcommand === "local")) return;
  for (const deployed of Object.values(service.functions)) delete deployed.provisionedConcurrency;
}

/** Makes problems of what serverless-offline refuses by itself, such as a path that is no percent-encoded text. */
export function answerWithProblems({ pluginManager }: Serverless): void {
  const offline = pluginManager.plugins.find(hasInternals);
  offline
    ?.internals()
    .getApiGatewayServer()
    .ext("onPreResponse", ({ response, info }, toolkit) => {
      if (!response.isBoom) return toolkit.continue;
      const { statusCode: status } = response.output;
      const error = new ProblemError(CODES[status] ?? "INTERNAL", response.message, { status });
      const problem = problemOf(error, info.id);
      return toolkit.response(problem.body).code(problem.status).type("application/problem+json");
    });
}

function hasInternals(plugin: object): plugin is { internals(): { getApiGatewayServer(): HapiServer } } {
  return "internals" in plugin;
}
