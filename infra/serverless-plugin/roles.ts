import { logicalName, policy, type Resources, type Statement } from "./cloudformation.ts";
import { frameworkPrincipals, frameworkRights } from "./framework-rights.ts";
import type { Plan } from "./plan.ts";
import { rightsOf } from "./rights.ts";
import { roleName, roleSettings } from "./role-settings.ts";
import type { DeployedFunction, Serverless } from "./serverless.ts";

const MANAGED = `arn:\${AWS::Partition}:iam::aws:policy/`;
const IN_VPC = { "Fn::Sub": `${MANAGED}service-role/AWSLambdaVPCAccessExecutionRole` };
const TRACED = { "Fn::Sub": `${MANAGED}AWSXRayDaemonWriteAccess` };

/** A role for each function of the system that has none, and which function has which. */
export interface Roles {
  readonly resources: Resources;
  /** Logical ids by function key. */
  readonly byFunction: { readonly [key: string]: string };
}

/**
 * Gives each function of the system a role of its own: what its part needs, what its settings and events need, what
 * `provider.iam.role` gives to all functions, and what its own `iamRoleStatements` add. Functions that name a role keep
 * it.
 *
 * @throws InfiniticError `INVALID_OPTION`: a role's name would be too long
 */
export function rolesOf(plan: Plan, service: Serverless["service"]): Roles {
  const { provider, functions } = service;
  const settings = roleSettings(provider);
  if (settings === undefined) return { resources: {}, byFunction: {} };
  const entries = plan.members.flatMap((member) => {
    const deployed = functions[member.key] ?? { name: member.functionName };
    if (deployed.role !== undefined) return [];
    const logs = {
      group: (deployed.logs ?? provider.logs?.lambda)?.logGroup,
      isSilent: deployed.disableLogs,
    };
    const statements = [
      ...rightsOf(member, plan, logs),
      ...frameworkRights(deployed, service),
      ...settings.statements,
      ...(deployed.iamRoleStatements ?? []),
    ];
    const managed = [
      ...settings.managedPolicies,
      ...(hasVpc(deployed, provider) ? [IN_VPC] : []),
      ...((deployed.tracing ?? provider.tracing?.lambda) ? [TRACED] : []),
    ];
    const resource = role(statements, frameworkPrincipals(deployed), {
      ...(managed.length > 0 && { ManagedPolicyArns: managed }),
      ...settings.properties,
      ...roleName(settings, member.key),
    });
    return [[member.key, `${logicalName(member.key)}LambdaRole`, resource] as const];
  });
  return {
    resources: Object.fromEntries(entries.map(([, id, resource]) => [id, resource])),
    byFunction: Object.fromEntries(entries.map(([key, id]) => [key, id])),
  };
}

function role(statements: readonly Statement[], principals: readonly string[], properties: object) {
  const trust: Statement = {
    Effect: "Allow",
    Principal: {
      Service: principals.length === 0 ? "lambda.amazonaws.com" : ["lambda.amazonaws.com", ...principals],
    },
    Action: "sts:AssumeRole",
  };
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: policy([trust]),
      Policies: [{ PolicyName: "infinitic", PolicyDocument: policy(statements) }],
      ...properties,
    },
  };
}

function hasVpc({ vpc }: DeployedFunction, provider: Serverless["service"]["provider"]): boolean {
  return vpc !== null && vpc !== false && (vpc ?? provider.vpc) !== undefined;
}
