import { arn, type Statement } from "./cloudformation.ts";
import { invokedName } from "./invoked-name.ts";
import type { DeployedFunction, Destination, FunctionEvent, Serverless } from "./serverless.ts";

type Service = Pick<Serverless["service"], "provider" | "functions">;

/**
 * What the framework adds to its own role for settings and events of a function. Functions of the system have roles of
 * their own: there, each adds it for itself.
 */
export function frameworkRights(deployed: DeployedFunction, service: Service): readonly Statement[] {
  const { onError, fileSystemConfig, destinations = {} } = deployed;
  const kmsKeyArn = deployed.kmsKeyArn ?? service.provider.kmsKeyArn;
  return [
    ...(kmsKeyArn === undefined ? [] : [allow(["kms:Decrypt"], kmsKeyArn)]),
    // What is not a text may be of either.
    ...(onError === undefined
      ? []
      : [allow(typeof onError === "string" ? ["sns:Publish"] : ["sns:Publish", "sqs:SendMessage"], onError)]),
    ...(fileSystemConfig
      ? [allow(["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"], fileSystemConfig.arn)]
      : []),
    ...[destinations.onSuccess, destinations.onFailure].flatMap((one) =>
      one === undefined ? [] : [toDestination(one, service)],
    ),
    ...(deployed.events ?? []).flatMap((event) => ofEvent(event, deployed)),
  ];
}

/** Whoever takes the function's role besides Lambda: EventBridge Scheduler invokes as the function itself. */
export function frameworkPrincipals({ events = [] }: DeployedFunction): readonly string[] {
  return events.some(isScheduled) ? ["scheduler.amazonaws.com"] : [];
}

function ofEvent(event: FunctionEvent, deployed: DeployedFunction): readonly Statement[] {
  const { stream, sqs } = event;
  return [
    ...(sqs === undefined ? [] : [ofQueue(typeof sqs === "object" ? sqs.arn : sqs)]),
    ...(stream === undefined ? [] : ofStream(typeof stream === "object" ? stream : { arn: stream })),
    ...(isScheduled(event)
      ? [allow(["lambda:InvokeFunction"], arn("lambda", `function:${invokedName(deployed)}`))]
      : []),
  ];
}

function ofQueue(queue: unknown): Statement {
  return allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], queue);
}

const READ_KINESIS = [
  "kinesis:GetRecords",
  "kinesis:GetShardIterator",
  "kinesis:DescribeStream",
  "kinesis:DescribeStreamSummary",
  "kinesis:ListShards",
  "kinesis:ListStreams",
];
const READ_DYNAMODB = [
  "dynamodb:GetRecords",
  "dynamodb:GetShardIterator",
  "dynamodb:DescribeStream",
  "dynamodb:ListStreams",
];

function ofStream({ arn, type, consumer, destinations }: StreamEvent): readonly Statement[] {
  const isKinesis =
    (type ?? (String(arn).split(":")[2] === "kinesis" ? "kinesis" : "dynamodb")) === "kinesis";
  const failed = destinations?.onFailure;
  return [
    allow(isKinesis ? READ_KINESIS : READ_DYNAMODB, arn),
    // The name of a consumer that the framework makes is its own affair; that of its stream is in it.
    ...(isKinesis && consumer !== undefined
      ? [allow(["kinesis:SubscribeToShard"], consumer === true ? consumersOf(arn) : consumer)]
      : []),
    ...(failed === undefined ? [] : [toTarget(failed)]),
  ];
}

function consumersOf(stream: unknown): unknown {
  return typeof stream === "string" ? `${stream}/consumer/*` : { "Fn::Join": ["/", [stream, "consumer/*"]] };
}

type StreamEvent = Exclude<FunctionEvent["stream"], string | undefined>;

const isScheduled = ({ schedule }: FunctionEvent): boolean =>
  typeof schedule === "object" && schedule.method === "scheduler" && schedule.roleArn === undefined;

/** The function's own name in `serverless.yml`, an ARN, or what CloudFormation makes one of with its type. */
function toDestination(destination: Destination, { functions }: Service): Statement {
  const target = typeof destination === "string" ? functions[destination] : undefined;
  if (target) return allow(["lambda:InvokeFunction"], arn("lambda", `function:${invokedName(target)}`));
  return toTarget(destination);
}

const SEND = {
  function: "lambda:InvokeFunction",
  lambda: "lambda:InvokeFunction",
  sqs: "sqs:SendMessage",
  sns: "sns:Publish",
  eventBus: "events:PutEvents",
  events: "events:PutEvents",
} as const;

function toTarget(destination: Destination): Statement {
  const { arn, type } = typeof destination === "object" ? destination : { arn: destination, type: undefined };
  const service = (type ?? String(arn).split(":")[2]) as keyof typeof SEND; // the framework has refused others
  return allow([SEND[service]], arn);
}

function allow(Action: readonly string[], resource: unknown): Statement {
  return { Effect: "Allow", Action, Resource: [resource] };
}
