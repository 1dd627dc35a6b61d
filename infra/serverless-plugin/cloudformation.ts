/** Resources of a CloudFormation template, by logical id. */
export interface Resources {
  readonly [logicalId: string]: Resource;
}

export interface Resource {
  readonly Type: string;
  readonly Properties: object;
  readonly DeletionPolicy?: "Retain" | "Delete";
  readonly UpdateReplacePolicy?: "Retain" | "Delete";
}

/** A statement of an IAM policy. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Condition?: object;
}

/** The ARN of what is in the stack's account and region. */
export function arn(service: string, resource: string): object {
  const place = `\${AWS::Region}:\${AWS::AccountId}`;
  return { "Fn::Sub": `arn:\${AWS::Partition}:${service}:${place}:${resource}` };
}

/** A policy document. */
export function policy(statements: readonly Statement[]): object {
  return { Version: "2012-10-17", Statement: statements };
}

/** The beginning of the logical ids that the framework gives to what belongs to a function. */
export function logicalName(functionKey: string): string {
  const name = functionKey.replaceAll("-", "Dash").replaceAll("_", "Underscore");
  return name.charAt(0).toUpperCase() + name.slice(1);
}
