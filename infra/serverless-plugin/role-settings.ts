import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { Statement } from "./cloudformation.ts";
import type { Provider } from "./serverless.ts";

/** What the user says of the roles of all functions. */
export interface RoleSettings {
  readonly statements: readonly Statement[];
  readonly managedPolicies: readonly unknown[];
  /** What any role of the stack has, whoever takes it. */
  readonly properties: object;
  /** Of the framework's own role: others have theirs after it. */
  readonly name?: string;
}

/** IAM's own limit. */
const LONGEST_NAME = 64;

/**
 * Reads `provider.iam.role` and, where that says nothing, the framework's older settings of the same, in the order in
 * which the framework itself reads them. Undefined where all functions have a role that is given.
 */
export function roleSettings(provider: Provider): RoleSettings | undefined {
  const role = provider.iam?.role ?? {};
  const isGiven = typeof role === "string" || Object.keys(role).some((key) => key.includes("::"));
  if (isGiven || provider.role !== undefined) return undefined;
  const { path, tags, name } = role;
  const boundary = role.permissionsBoundary ?? role.permissionBoundary ?? provider.rolePermissionsBoundary;
  return {
    statements: role.statements ?? provider.iamRoleStatements ?? [],
    managedPolicies: role.managedPolicies ?? provider.iamManagedPolicies ?? [],
    properties: {
      ...(path !== undefined && { Path: path }),
      ...(boundary !== undefined && { PermissionsBoundary: boundary }),
      ...(tags && { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
    },
    ...(name !== undefined && { name }),
  };
}

/**
 * The name of one of the stack's roles, where the user has given one for all: each has its own after it.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function roleName({ name }: RoleSettings, of: string): { readonly RoleName?: string } {
  if (name === undefined) return {};
  const RoleName = `${name}-${of}`;
  if (RoleName.length <= LONGEST_NAME) return { RoleName };
  throw new InfiniticError(
    "INVALID_OPTION",
    `provider.iam.role.name: expected a name that leaves room for that of each function, whose role is called after both, in ${LONGEST_NAME} characters, got ${RoleName}`,
  );
}
