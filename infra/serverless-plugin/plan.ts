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

/**
 * Reads what the service consists of.
 *
 * @throws InfiniticError `INVALID_DEFINITION`, `INVALID_OPTION`
 */
export function planOf({ service, provider, functions, custom }: Serverless["service"]): Plan {
  if (!custom?.infinitic) throw invalid("custom.infinitic", "settings, with the address of Pulsar", "none");
  // The framework prefers the variables of a function, which the plugin sets: those would be ignored.
  const hidden = Object.keys(provider.environment ?? {}).find((name) => name.startsWith("INFINITIC_"));
  if (hidden !== undefined) {
    throw invalid(
      "provider.environment",
      "no INFINITIC_… variable, as the plugin sets them per function",
      hidden,
    );
  }
  const serviceName = `${service}-${provider.stage}`;
  const { table = serviceName, ...keys } = custom.infinitic;
  const tableName = typeof table === "string" ? table : table.existing;
  const settings = checkSettings(custom.infinitic);
  const { adminUrl: _, manageTopics: __, partitions: ___, ...address } = settings.pulsar;
  const timeoutMsOf = ({ timeout = provider.timeout ?? DEFAULT_TIMEOUT }: DeployedFunction): number =>
    timeout * 1_000;
  const targets = targetsOf(functions, timeoutMsOf);
  const workflows = targets.filter(({ kind }) => kind === "workflow");

  const apiKey = roleOf("api");
  if (apiKey !== undefined && functions[apiKey]?.events?.some(({ httpApi }) => httpApi !== undefined)) {
    throw invalid(`function ${apiKey}`, "no httpApi event, as the plugin gives the API its one route", "one");
  }
  const timersKey = roleOf("timers");
  const bridgeKey = settings.container || settings.isBridgeExternal ? undefined : roleOf("bridge");
  const sweeper = timersKey === undefined ? undefined : functions[timersKey];
  if (sweeper === undefined && workflows.length > 0) {
    throw invalid("custom.infinitic.timers", "a function timers, which sweeps far wake-ups", "none");
  }

  const ofAll = { INFINITIC_TABLE: tableName, ...(!settings.listIndex && { INFINITIC_LIST: "off" }) };
  const ofApi = {
    ...ofAll,
    INFINITIC_PULSAR: JSON.stringify(address),
    INFINITIC_WORKFLOWS: JSON.stringify(workflowsOf(targets)),
    INFINITIC_SERVICES: JSON.stringify(servicesOf(targets, serviceName)),
  };
  const members = [
    ...targets.flatMap(({ key, kind }) => memberOf(kind, key)),
    ...memberOf("timers", timersKey),
    ...memberOf("api", apiKey),
    ...memberOf("bridge", bridgeKey),
  ];
  checkRuntimes(members, functions, provider);
  const triggers = targets.flatMap((target) => target.triggers);
  const bridge = {
    routes: routesOf(targets, serviceName),
    ...(triggers.length > 0 && { triggers }),
    ...(sweeper && {
      timers: { functionName: invokedName(sweeper), timeoutMs: timeoutMsOf(sweeper) + MARGIN_MS },
    }),
  };
  if (bridgeKey !== undefined) checkLambdaBridge(bridge, targets);
  const ofBridge = {
    ...ofAll,
    INFINITIC_PULSAR: JSON.stringify(address),
    INFINITIC_BRIDGE: JSON.stringify(bridge),
    INFINITIC_SERVICE: serviceName,
  };
  return {
    ...settings,
    serviceName,
    members,
    longestTimeoutMs: Math.max(0, ...targets.map(({ timeoutMs }) => timeoutMs)),
    tableName,
    isTableGiven: typeof table === "object",
    bridge,
    address,
    environments: {
      ...Object.fromEntries(targets.filter(({ kind }) => kind !== "handler").map(({ key }) => [key, ofAll])),
      ...(timersKey !== undefined && { [timersKey]: ofAll }),
      ...(apiKey !== undefined && { [apiKey]: ofApi }),
      ...(bridgeKey !== undefined && { [bridgeKey]: ofBridge }),
    },
  };

  /** The key of the function that plays a role: the one that the settings name, else the one called like it. */
  function roleOf(role: "api" | "timers" | "bridge"): string | undefined {
    const given = keys[role];
    const key = typeof given === "string" ? given : undefined;
    if (Object.hasOwn(functions, key ?? role)) return key ?? role;
    if (key === undefined) return undefined;
    throw invalid(`custom.infinitic.${role}`, "the key of a function", key);
  }

  function memberOf(kind: Member["kind"], key: string | undefined): readonly Member[] {
    const deployed = key === undefined ? undefined : functions[key];
    if (key === undefined || deployed === undefined) return [];
    return [{ key, kind, functionName: deployed.name, invokedAs: invokedName(deployed) }];
  }
}

function invalid(where: string, expected: string, got: string): InfiniticError {
  return new InfiniticError("INVALID_OPTION", `${where}: expected ${expected}, got ${got}`);
}
