import type { BridgeOptions } from "../../lib/bridge/options.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import { invokedName } from "./invoked-name.ts";
import { checkLambdaBridge } from "./lambda-bridge-limits.ts";
import { MARGIN_MS, routesOf, servicesOf, workflowsOf } from "./routes.ts";
import { checkRuntimes } from "./runtimes.ts";
import type { DeployedFunction, Serverless } from "./serverless.ts";
import { type CheckedSettings, checkSettings } from "./settings.ts";
import { type Target, targetsOf } from "./targets.ts";

/** A function that is part of the system. */
export interface Member {
  /** In `serverless.yml`. */
  readonly key: string;
  readonly functionName: string;
  /** Its name, or the alias by which it is to be invoked. */
  readonly invokedAs: string;
  /** `workflow`: whatever has the engine in it. */
  readonly kind: Target["kind"] | "timers" | "api" | "bridge";
}

/** Everything that follows from `serverless.yml`. */
export interface Plan extends CheckedSettings {
  /** `<service>-<stage>` */
  readonly serviceName: string;
  readonly members: readonly Member[];
  /** Of the functions that the bridge calls. */
  readonly longestTimeoutMs: number;
  readonly tableName: string;
  /** Whether the table is there already, so that the stack has none. */
  readonly isTableGiven: boolean;
  readonly bridge: BridgeOptions;
  /** Where Pulsar is and whose topics are meant, as functions are told it. */
  readonly address: object;
  /** Environment variables by function key. */
  readonly environments: { readonly [key: string]: { readonly [name: string]: string } };
}

/** The framework's default, in seconds. */
const DEFAULT_TIMEOUT = 6;

/** The keys of the functions that play a role, where there is one. */
interface Roles {
  readonly api: string | undefined;
  readonly timers: string | undefined;
  readonly bridge: string | undefined;
}

/**
 * Reads what the service consists of.
 *
 * @throws InfiniticError `INVALID_DEFINITION`, `INVALID_OPTION`
 */
export function planOf({ service, provider, functions, custom }: Serverless["service"]): Plan {
  if (!custom?.infinitic) throw invalid("custom.infinitic", "settings, with the address of Pulsar", "none");
  checkProviderEnvironment(provider);
  const serviceName = `${service}-${provider.stage}`;
  const { table = serviceName } = custom.infinitic;
  const settings = checkSettings(custom.infinitic);
  const timeoutMsOf = ({ timeout = provider.timeout ?? DEFAULT_TIMEOUT }: DeployedFunction): number =>
    timeout * 1_000;
  const targets = targetsOf(functions, timeoutMsOf);
  const roles = rolesOf(functions, custom.infinitic, settings);
  const sweeper = roles.timers === undefined ? undefined : functions[roles.timers];
  if (sweeper === undefined && targets.some(({ kind }) => kind === "workflow")) {
    throw invalid("custom.infinitic.timers", "a function timers, which sweeps far wake-ups", "none");
  }
  const members = membersOf(functions, targets, roles);
  checkRuntimes(members, functions, provider);
  const triggers = targets.flatMap((target) => target.triggers);
  const bridge = {
    routes: routesOf(targets, serviceName),
    ...(triggers.length > 0 && { triggers }),
    ...(sweeper && {
      timers: { functionName: invokedName(sweeper), timeoutMs: timeoutMsOf(sweeper) + MARGIN_MS },
    }),
  };
  if (roles.bridge !== undefined) checkLambdaBridge(bridge, targets);
  const { adminUrl: _, manageTopics: __, partitions: ___, ...address } = settings.pulsar;
  const plan = {
    ...settings,
    serviceName,
    members,
    longestTimeoutMs: Math.max(0, ...targets.map(({ timeoutMs }) => timeoutMs)),
    tableName: typeof table === "string" ? table : table.existing,
    isTableGiven: typeof table === "object",
    bridge,
    address,
  };
  return { ...plan, environments: environmentsOf(plan, targets, roles) };
}

/** The framework prefers the variables of a function, which the plugin sets: the provider's would be ignored. */
function checkProviderEnvironment({ environment = {} }: Serverless["service"]["provider"]): void {
  const hidden = Object.keys(environment).find((name) => name.startsWith("INFINITIC_"));
  if (hidden === undefined) return;
  const expected = "no INFINITIC_… variable, as the plugin sets them per function";
  throw invalid("provider.environment", expected, hidden);
}

/** Finds the function of each role: the one that the settings name, else the one called like it. */
function rolesOf(
  functions: Serverless["service"]["functions"],
  keys: { readonly [role in keyof Roles]?: unknown },
  { container, isBridgeExternal }: CheckedSettings,
): Roles {
  const roleOf = (role: keyof Roles): string | undefined => {
    const given = keys[role];
    const key = typeof given === "string" ? given : undefined;
    if (Object.hasOwn(functions, key ?? role)) return key ?? role;
    if (key === undefined) return undefined;
    throw invalid(`custom.infinitic.${role}`, "the key of a function", key);
  };
  const api = roleOf("api");
  if (api !== undefined && functions[api]?.events?.some(({ httpApi }) => httpApi !== undefined)) {
    throw invalid(`function ${api}`, "no httpApi event, as the plugin gives the API its one route", "one");
  }
  const bridge = container || isBridgeExternal ? undefined : roleOf("bridge");
  return { api, timers: roleOf("timers"), bridge };
}

function membersOf(
  functions: Serverless["service"]["functions"],
  targets: readonly Target[],
  { api, timers, bridge }: Roles,
): readonly Member[] {
  const memberOf = (kind: Member["kind"], key: string | undefined): readonly Member[] => {
    const deployed = key === undefined ? undefined : functions[key];
    if (key === undefined || deployed === undefined) return [];
    return [{ key, kind, functionName: deployed.name, invokedAs: invokedName(deployed) }];
  };
  return [
    ...targets.flatMap(({ key, kind }) => memberOf(kind, key)),
    ...memberOf("timers", timers),
    ...memberOf("api", api),
    ...memberOf("bridge", bridge),
  ];
}

/** What each function of the system is told in its environment. */
function environmentsOf(
  { serviceName, tableName, listIndex, address, bridge }: Omit<Plan, "environments">,
  targets: readonly Target[],
  roles: Roles,
): Plan["environments"] {
  const ofAll = { INFINITIC_TABLE: tableName, ...(!listIndex && { INFINITIC_LIST: "off" }) };
  const ofClients = { ...ofAll, INFINITIC_PULSAR: JSON.stringify(address) };
  const ofApi = {
    ...ofClients,
    INFINITIC_WORKFLOWS: JSON.stringify(workflowsOf(targets)),
    INFINITIC_SERVICES: JSON.stringify(servicesOf(targets, serviceName)),
  };
  const ofBridge = {
    ...ofClients,
    INFINITIC_BRIDGE: JSON.stringify(bridge),
    INFINITIC_SERVICE: serviceName,
  };
  return {
    ...Object.fromEntries(targets.filter(({ kind }) => kind !== "handler").map(({ key }) => [key, ofAll])),
    ...(roles.timers !== undefined && { [roles.timers]: ofAll }),
    ...(roles.api !== undefined && { [roles.api]: ofApi }),
    ...(roles.bridge !== undefined && { [roles.bridge]: ofBridge }),
  };
}

function invalid(where: string, expected: string, got: string): InfiniticError {
  return new InfiniticError("INVALID_OPTION", `${where}: expected ${expected}, got ${got}`);
}
