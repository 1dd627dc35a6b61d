import { authorizersOf, corsOf, routesFor, stageSettings } from "./api-routes.ts";
import { bucketName } from "./bucket.ts";
import { containerBridgeResources } from "./container-bridge.ts";
import { applyEncryption } from "./encryption.ts";
import { applyFrugality } from "./frugality.ts";
import { applyLambdaBridge, scheduleLambdaBridge } from "./lambda-bridge.ts";
import { merged } from "./merged.ts";
import type { Plan } from "./plan.ts";
import { roleSettings } from "./role-settings.ts";
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

/** Takes the bridge's function away where the bridge runs elsewhere: what is deployed once is not deployed twice. */
export function dropLambdaBridge(
  { container, isBridgeExternal, members }: Plan,
  { functions }: Service,
): void {
  if ((container !== undefined || isBridgeExternal) && !members.some(({ key }) => key === "bridge"))
    delete functions["bridge"];
}

/** Gives the api function its route, open to all: what is started on this machine asks nobody who they are. */
export function applyRoute({ members }: Plan, { functions, provider }: Service): void {
  const deployed = functions[keyOfApi(members)];
  if (!deployed) return;
  deployed.events = [...(deployed.events ?? []), { httpApi: "*" }];
  const { httpApi } = provider;
  // Other functions may want the older format.
  if (httpApi?.payload !== undefined) deployed.httpApi = { payload: "2.0", ...deployed.httpApi };
  const cors = corsOf(provider);
  if (cors) provider.httpApi = { ...httpApi, cors };
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
      deployed.environment = { INFINITIC_BUCKET: bucketName(plan), ...deployed.environment };
  }
  applyEncryption(plan, functions);
  applySourceMaps(plan, service);
}

/** Has the stacks of what user code throws tell its sources, where the bundle has a map; options of the user's own win. */
function applySourceMaps({ members }: Plan, { functions, provider }: Service): void {
  if (provider.environment && "NODE_OPTIONS" in provider.environment) return;
  for (const { key, kind } of members) {
    const deployed = functions[key];
    if (deployed && (kind === "service" || kind === "workflow"))
      deployed.environment = { NODE_OPTIONS: "--enable-source-maps", ...deployed.environment };
  }
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
    Resources: merged(
      {
        ...stackResources(plan),
        ...containerBridgeResources(plan, provider.logRetentionInDays, roleSettings(provider)),
        ...resources,
      },
      service.resources?.Resources,
    ),
    extensions: merged(
      {
        ...(isOurApi && {
          HttpApiStage: { Properties: stageSettings(plan.throttling, provider.httpApi?.metrics ?? false) },
        }),
      },
      service.resources?.extensions,
    ),
  };
}

function secureRoute({ auth }: Plan, api: Service["functions"][string], provider: Service["provider"]): void {
  const cors = corsOf(provider);
  api.events = (api.events ?? []).flatMap((event) =>
    event.httpApi ? (routesFor(auth, cors) ?? []) : [event],
  );
  const authorizers = { ...authorizersOf(auth), ...provider.httpApi?.authorizers };
  if (Object.keys(authorizers).length > 0) provider.httpApi = { ...provider.httpApi, authorizers };
}

/** @returns "" where there is none: no function is called so */
function keyOfApi(members: Plan["members"]): string {
  return members.find(({ kind }) => kind === "api")?.key ?? "";
}
