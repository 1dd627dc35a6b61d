import { InfiniticError } from "../../lib/core/values/errors.ts";
import {
  FUNCTION_EVENTS,
  FUNCTION_SETTINGS,
  isForeignApi,
  type Treatment,
  treatmentOf,
} from "./framework-settings.ts";
import type { Member, Plan } from "./plan.ts";
import type { DeployedFunction, Serverless } from "./serverless.ts";

/**
 * Refuses what would be deployed and not do what it says: each setting of the framework is honoured or told here.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkDeployable(plan: Plan, { functions, provider, custom }: Serverless["service"]): void {
  checkBridge(plan);
  for (const member of plan.members) {
    const deployed = functions[member.key];
    if (deployed) checkFunction(deployed, member, plan);
  }
  if (!isForeignApi(provider)) return;
  if (plan.auth.kind === "jwt") {
    throw invalid(
      "custom.infinitic.auth",
      "iam or none where provider.httpApi.id is the API of another stack, which has its authorizers itself",
      "jwt",
    );
  }
  if (custom?.infinitic?.throttling) {
    throw invalid(
      "custom.infinitic.throttling",
      "none where provider.httpApi.id is the API of another stack, which has its limits itself",
      JSON.stringify(custom.infinitic.throttling),
    );
  }
}

function checkBridge({ bridge, members, container, isBridgeExternal }: Plan): void {
  const { routes, triggers = [] } = bridge;
  const isThere = container !== undefined || members.some(({ kind }) => kind === "bridge");
  if (isThere || isBridgeExternal || routes.length + triggers.length === 0) return;
  throw invalid(
    "custom.infinitic.bridge",
    "a function bridge, { container } or, where one runs elsewhere, { external: true }: without one nothing carries messages",
    "none",
  );
}

function checkFunction(deployed: DeployedFunction, member: Member, plan: Plan): void {
  const refuse = (treatment: Treatment, what: string): void => {
    const expected = typeof treatment === "function" ? treatment(deployed, member, plan) : undefined;
    if (expected !== undefined) throw invalid(`function ${member.key}`, expected, what);
  };
  for (const [setting, value] of Object.entries(deployed)) {
    if (value !== undefined && value !== null && value !== false)
      refuse(treatmentOf(FUNCTION_SETTINGS, setting), setting);
  }
  // Whoever gives a function a role sees to what is in it.
  if (deployed.role !== undefined) return;
  for (const event of deployed.events ?? []) {
    for (const name of Object.keys(event)) refuse(treatmentOf(FUNCTION_EVENTS, name), name);
  }
}

function invalid(where: string, expected: string, got: string): InfiniticError {
  return new InfiniticError("INVALID_OPTION", `${where}: expected ${expected}; got ${got}`);
}
