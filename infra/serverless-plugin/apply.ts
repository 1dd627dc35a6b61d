import { authorizersOf, catchAll, stageSettings } from "./api-routes.ts";
import { BUCKET } from "./bucket.ts";
import { containerBridgeResources } from "./container-bridge.ts";
import { applyEncryption } from "./encryption.ts";
import { applyFrugality } from "./frugality.ts";
import { applyLambdaBridge, scheduleLambdaBridge } from "./lambda-bridge.ts";
import type { Plan } from "./plan.ts";
import { rolesOf } from "./roles.ts";
import type { Serverless } from "./serverless.ts";
import { stackResources } from "./stack.ts";

type Service = Serverless["service"];

/** Log groups never end by themselves. */
const LOG_RETENTION_DAYS = 30;

/** Gives functions their environment variables; those that they have of their own win. */
export function applyEnvironment({ environments }: Plan, { functions }: Service): void {
  for (const [key, variables] of Object.entries(environments)) {
    const deployed = functions[key];
    if (deployed) deployed.environment = { ...variables, ...deployed.environment };
  }
}

/** Takes the bridge's function away where the bridge runs in containers: what is deployed once is not deployed twice. */
export function dropLambdaBridge({ container, members }: Plan, { functions }: Service): void {
  if (container !== undefined && !members.some(({ key }) => key === "bridge")) delete functions["bridge"];
}

/** Gives the api function its route, open to all: what is started on this machine asks nobody who they are. */
export function applyRoute({ members }: Plan, { functions }: Service): void {
  const deployed = functions[keyOfApi(members)];
  if (deployed) deployed.events = [...(deployed.events ?? []), { httpApi: "*" }];
}

/**
 * Gives functions what only deployed ones are configured with. Every way of deploying goes through here: of a whole
 * service, and of one function, for which there is no stack.
 */
export function applyConfiguration(plan: Plan, service: Service): void {
  const { functions } = service;
  applyLambdaBridge(plan, functions);
  applyFrugality(plan, service);
  for (const { key, kind } of plan.members) {
    const deployed = functions[key];
    const hasPayloads = kind === "service" || kind === "workflow" || kind === "api";
    if (deployed && hasPayloads)
      deployed.environment = { INFINITIC_BUCKET: { Ref: BUCKET }, ...deployed.environment };
  }
  applyEncryption(plan, functions);
}

/** Adds everything that only a deployed service has. */
export function applyStack(plan: Plan, service: Service): void {
  const { functions, provider } = service;
  applyConfiguration(plan, service);
  scheduleLambdaBridge(plan, functions);
  const { resources, byFunction } = rolesOf(plan, service);
  for (const [key, role] of Object.entries(byFunction)) {
    const deployed = functions[key];
    if (deployed) deployed.role = role;
  }
  provider.logRetentionInDays ??= LOG_RETENTION_DAYS;
  const api = functions[keyOfApi(plan.members)];
  const isOurApi = api !== undefined && provider.httpApi?.id === undefined;
  if (api) secureRoute(plan, api, provider);
  service.resources = {
    ...service.resources,
    Resources: {
      ...stackResources(plan),
      ...containerBridgeResources(plan, provider.logRetentionInDays),
      ...resources,
      ...service.resources?.Resources,
    },
    extensions: {
      ...(isOurApi && {
        HttpApiStage: { Properties: stageSettings(plan.throttling, provider.httpApi?.metrics ?? false) },
      }),
      ...service.resources?.extensions,
    },
  };
}

function secureRoute({ auth }: Plan, api: Service["functions"][string], provider: Service["provider"]): void {
  api.events = (api.events ?? []).map((event) => (event.httpApi ? { httpApi: catchAll(auth) } : event));
  const authorizers = { ...authorizersOf(auth), ...provider.httpApi?.authorizers };
  if (Object.keys(authorizers).length > 0) provider.httpApi = { ...provider.httpApi, authorizers };
}

/** @returns "" where there is none: no function is called so */
function keyOfApi(members: Plan["members"]): string {
  return members.find(({ kind }) => kind === "api")?.key ?? "";
}
