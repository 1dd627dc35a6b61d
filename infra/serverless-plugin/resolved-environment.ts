import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { DeployedFunction } from "./serverless.ts";

/** Environment variables: texts, or what CloudFormation makes a text of. */
interface Environment {
  readonly [name: string]: unknown;
}

/** What CloudFormation would resolve, when one function is deployed without it. */
export interface ResolvedEnvironment {
  /** Of the function's key in `serverless.yml`. */
  readonly key: string;
  /** What all functions of the service have. */
  readonly ofAll?: Environment | undefined;
  /** What the function has now. */
  readonly deployed: { readonly [name: string]: string };
  /** The name of what the stack has. */
  readonly physicalId: (logicalId: string) => Promise<string | undefined>;
}

/**
 * Puts texts in place of what only CloudFormation resolves: the framework deploys a function's environment either
 * whole and as texts, or not at all. A reference is looked up in the stack; anything else stays as the function has it.
 *
 * @throws InfiniticError `MISCONFIGURED`: the function has none yet
 */
export async function resolveEnvironment(
  deployedFunction: DeployedFunction,
  { key, ofAll, deployed, physicalId }: ResolvedEnvironment,
): Promise<void> {
  const wanted = { ...ofAll, ...deployedFunction.environment };
  const resolve = async ([name, value]: [string, unknown]): Promise<[string, unknown]> => {
    if (typeof value !== "object" || value === null) return [name, value];
    const reference = (value as { readonly Ref?: unknown }).Ref;
    const isOfStack = typeof reference === "string" && !reference.startsWith("AWS::");
    const text = (isOfStack ? await physicalId(reference) : undefined) ?? deployed[name];
    if (text !== undefined) return [name, text];
    throw new InfiniticError(
      "MISCONFIGURED",
      `function ${key}: expected the stack to have what environment variable ${name} refers to, got none: deploy the whole service first (serverless deploy)`,
    );
  };
  deployedFunction.environment = Object.fromEntries(await Promise.all(Object.entries(wanted).map(resolve)));
}
