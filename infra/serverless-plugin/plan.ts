import type { BridgeOptions } from "../../lib/bridge/options.ts";
import { InfiniticError } from "../../lib/core/errors.ts";
import { MARGIN_MS, routesOf, servicesOf, workflowsOf } from "./routes.ts";
import type { DeployedFunction, Serverless } from "./serverless.ts";
import { targetsOf } from "./targets.ts";

/** Everything that follows from `serverless.yml`. */
export interface Plan {
  readonly tableName: string;
  readonly bridge: BridgeOptions;
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
  const { pulsar, table: tableName = `${service}-${provider.stage}`, api, timers } = custom.infinitic;
  const timeoutMsOf = ({ timeout = provider.timeout ?? DEFAULT_TIMEOUT }: DeployedFunction): number =>
    timeout * 1_000;
  const targets = targetsOf(functions, timeoutMsOf);
  const workflows = targets.filter(({ kind }) => kind === "workflow");

  const apiKey = roleOf("api", api);
  const timersKey = roleOf("timers", timers);
  const sweeper = timersKey === undefined ? undefined : functions[timersKey];
  if (sweeper === undefined && workflows.length > 0) {
    throw invalid("custom.infinitic.timers", "a function timers, which sweeps far wake-ups", "none");
  }

  const ofAll = { INFINITIC_TABLE: tableName };
  const ofApi = {
    ...ofAll,
    INFINITIC_PULSAR: JSON.stringify(pulsar),
    INFINITIC_WORKFLOWS: JSON.stringify(workflowsOf(targets)),
    INFINITIC_SERVICES: JSON.stringify(servicesOf(targets)),
  };
  return {
    tableName,
    bridge: {
      routes: routesOf(targets),
      ...(sweeper && {
        timers: { functionName: sweeper.name, timeoutMs: timeoutMsOf(sweeper) + MARGIN_MS },
      }),
    },
    environments: {
      ...Object.fromEntries(workflows.map(({ key }) => [key, ofAll])),
      ...(timersKey !== undefined && { [timersKey]: ofAll }),
      ...(apiKey !== undefined && { [apiKey]: ofApi }),
    },
  };

  /** The key of the function that plays a role: the one that the settings name, else the one called like it. */
  function roleOf(role: "api" | "timers", key: string | undefined): string | undefined {
    if (Object.hasOwn(functions, key ?? role)) return key ?? role;
    if (key === undefined) return undefined;
    throw invalid(`custom.infinitic.${role}`, "the key of a function", key);
  }
}

function invalid(where: string, expected: string, got: string): InfiniticError {
  return new InfiniticError("INVALID_OPTION", `${where}: expected ${expected}, got ${got}`);
}
