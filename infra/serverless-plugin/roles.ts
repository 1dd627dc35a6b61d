import { logicalName, policy, type Resources, type Statement } from "./cloudformation.ts";
import type { Plan } from "./plan.ts";
import { rightsOf } from "./rights.ts";
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
 * Gives each function of the system a role of its own: what its part needs, what `provider.iam.role` gives to all
 * functions, and what its own `iamRoleStatements` add. Functions that name a role keep it.
 */
export function rolesOf(plan: Plan, { provider, functions }: Serverless["service"]): Roles {
  const shared = provider.iam?.role ?? {};
  // An ARN, or a reference to a role elsewhere: then every function has that one.
  if (typeof shared !== "object" || Object.keys(shared).some((key) => key.startsWith("Fn::"))) return NONE;
  const entries = plan.members.flatMap((member) => {
    const deployed = functions[member.key] ?? { name: member.functionName };
    if (deployed.role !== undefined) return [];
    const added = [...(shared.statements ?? []), ...(deployed.iamRoleStatements ?? [])];
    const managed = [
      ...(shared.managedPolicies ?? []),
      ...(hasVpc(deployed, provider) ? [IN_VPC] : []),
      ...((deployed.tracing ?? provider.tracing?.lambda) ? [TRACED] : []),
    ];
    const boundary = shared.permissionsBoundary;
    const resource = role([...rightsOf(member, plan), ...added], managed, boundary);
    return [[member.key, `${logicalName(member.key)}LambdaRole`, resource] as const];
  });
  return {
    resources: Object.fromEntries(entries.map(([, id, resource]) => [id, resource])),
    byFunction: Object.fromEntries(entries.map(([key, id]) => [key, id])),
  };
}

const NONE: Roles = { resources: {}, byFunction: {} };

function role(statements: readonly Statement[], managed: readonly unknown[], boundary: unknown) {
  const trust: Statement = {
    Effect: "Allow",
    Principal: { Service: "lambda.amazonaws.com" },
    Action: "sts:AssumeRole",
  };
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: policy([trust]),
      Policies: [{ PolicyName: "infinitic", PolicyDocument: policy(statements) }],
      ...(managed.length > 0 && { ManagedPolicyArns: managed }),
      ...(boundary !== undefined && { PermissionsBoundary: boundary }),
    },
  };
}

function hasVpc({ vpc }: DeployedFunction, provider: Serverless["service"]["provider"]): boolean {
  return vpc !== null && vpc !== false && (vpc ?? provider.vpc) !== undefined;
}
