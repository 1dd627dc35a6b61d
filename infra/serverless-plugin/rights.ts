import { bucketArn, PAYLOADS } from "./bucket.ts";
import { arn, type Statement } from "./cloudformation.ts";
import { useKeys } from "./encryption.ts";
import type { Member, Plan } from "./plan.ts";
import { readSecret } from "./secret.ts";

const READ = ["dynamodb:GetItem", "dynamodb:Query"];
const WRITE = ["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"];

/** What a function may do: nothing that its part of the system does not need. */
export function rightsOf(
  { kind, functionName }: Member,
  plan: Plan,
  logs: LogPlace = {},
): readonly Statement[] {
  const log = logs.isSilent ? [] : [writeLogs(logs.group ?? `/aws/lambda/${functionName}`)];
  return [...log, ...ofKind(kind, plan), ...useKeys(kind, plan)];
}

/** Where a function logs; to a group called like it unless given. */
export interface LogPlace {
  readonly group?: string | undefined;
  readonly isSilent?: boolean | undefined;
}

function ofKind(kind: Member["kind"], plan: Plan): readonly Statement[] {
  const pulsar = readPulsarSecrets(plan);
  switch (kind) {
    case "handler":
      return [];
    case "service":
      return payloads(plan, "s3:GetObject", "s3:PutObject");
    case "workflow":
      return [
        onTable(plan, [...READ, ...WRITE]),
        ...payloads(plan, "s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
      ];
    case "timers":
      return [onTable(plan, [...READ, ...WRITE], "d#*")];
    case "api":
      return [
        onTable(plan, READ),
        onTable(plan, ["dynamodb:PutItem", "dynamodb:BatchWriteItem"], "t#*"),
        onTable(plan, ["dynamodb:PutItem"], "k#*"),
        ...payloads(plan, "s3:GetObject", "s3:PutObject"),
        ...invoke(plan, ["workflow", "bridge"]),
        ...pulsar,
      ];
    case "bridge":
      return [
        onTable(plan, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"], "b#*"),
        ...invoke(plan, ["workflow", "service", "handler", "timers", "bridge"]), // a bridge starts its successor
        ...pulsar,
      ];
  }
}

/** What a bridge may do, wherever it runs: call the functions that it has routes to. */
export function callFunctions(plan: Plan): readonly Statement[] {
  return invoke(plan, ["workflow", "service", "handler", "timers"]);
}

/** Of whoever connects to Pulsar. */
export function readPulsarSecrets({ token, credentials }: Plan): readonly Statement[] {
  const secret = token ?? credentials;
  return secret === undefined ? [] : [readSecret(secret)];
}

function writeLogs(name: string): Statement {
  const group = arn("logs", `log-group:${name}:*`);
  return { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: group };
}

/** @param keys the only partitions that may be touched, which no index has; without, all of the table */
function onTable({ tableName }: Plan, actions: readonly string[], keys?: string): Statement {
  const table = arn("dynamodb", `table/${tableName}`);
  if (keys === undefined) {
    return {
      Effect: "Allow",
      Action: actions,
      Resource: [table, arn("dynamodb", `table/${tableName}/index/*`)],
    };
  }
  const Condition = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [keys] } };
  return { Effect: "Allow", Action: actions, Resource: table, Condition };
}

/** To whoever may not list a bucket, S3 says of a missing object that access is denied. */
function payloads(plan: Plan, ...actions: readonly string[]): readonly Statement[] {
  return [
    { Effect: "Allow", Action: actions, Resource: bucketArn(plan, PAYLOADS) },
    { Effect: "Allow", Action: "s3:ListBucket", Resource: bucketArn(plan) },
  ];
}

function invoke({ members }: Plan, kinds: readonly Member["kind"][]): readonly Statement[] {
  const functions = members
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ invokedAs }) => arn("lambda", `function:${invokedAs}`));
  return functions.length === 0
    ? []
    : [{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: functions }];
}
