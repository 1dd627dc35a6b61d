import { describe, expect, test } from "vitest";
import { applyStack } from "../../infra/serverless-plugin/apply.ts";
import type { Statement } from "../../infra/serverless-plugin/cloudformation.ts";
import InfiniticPlugin from "../../infra/serverless-plugin/index.ts";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import { FUNCTION } from "../../infra/serverless-plugin/schemas.ts";
import type {
  DeployedFunction,
  Provider,
  Serverless,
  Settings,
} from "../../infra/serverless-plugin/serverless.ts";
import { serviceOf } from "./service-of.ts";

const PULSAR = { webUrl: "https://pulsar.example.com" };
const CONTAINER = { container: { image: "bridge", subnets: ["a"], securityGroups: ["b"] } };
const BOUNDARY = "arn:aws:iam::1:policy/edge";
const SEND: Statement = { Effect: "Allow", Action: "sqs:SendMessage", Resource: "arn:aws:sqs:*:*:audit" };

interface Role {
  readonly Type: string;
  readonly Properties: {
    readonly Policies: readonly [{ readonly PolicyDocument: { readonly Statement: readonly Statement[] } }];
    readonly AssumeRolePolicyDocument: object;
  };
}

function packaged(
  provider: Partial<Provider>,
  own: Partial<DeployedFunction> = {},
  settings: Partial<Settings> = {},
) {
  const flights = { name: "shop-dev-flights", events: [{ pulsar: { service: "Flights" } }], ...own };
  const { provider: before, ...others } = serviceOf({ pulsar: PULSAR, ...settings }, { flights });
  const service = { ...others, provider: { ...before, ...provider } };
  applyStack(planOf(service), service);
  const resources = Object.entries(service.resources?.Resources ?? {}) as [string, Role][];
  const roles = Object.fromEntries(resources.filter(([, { Type }]) => Type === "AWS::IAM::Role"));
  return { service, roles };
}

const statementsOf = (role: Role | undefined): readonly Statement[] =>
  role?.Properties.Policies[0].PolicyDocument.Statement ?? [];
/** What a function may do besides what it may without settings. */
function added(provider: Partial<Provider>, own: Partial<DeployedFunction>): readonly Statement[] {
  const plain = statementsOf(packaged({}).roles["FlightsLambdaRole"]).map((one) => JSON.stringify(one));
  const all = statementsOf(packaged(provider, own).roles["FlightsLambdaRole"]);
  return all.filter((one) => !plain.includes(JSON.stringify(one)));
}

describe("EDG-86 what is said of all roles holds for each role of the stack:", () => {
  test.each<[string, Partial<Provider>, object]>([
    ["iam.role.path", { iam: { role: { path: "/shop/" } } }, { Path: "/shop/" }],
    ["iam.role.tags", { iam: { role: { tags: { team: "a" } } } }, { Tags: [{ Key: "team", Value: "a" }] }],
    [
      "iam.role.permissionsBoundary",
      { iam: { role: { permissionsBoundary: BOUNDARY } } },
      { PermissionsBoundary: BOUNDARY },
    ],
    [
      "iam.role.permissionBoundary",
      { iam: { role: { permissionBoundary: BOUNDARY } } },
      { PermissionsBoundary: BOUNDARY },
    ],
    ["rolePermissionsBoundary", { rolePermissionsBoundary: BOUNDARY }, { PermissionsBoundary: BOUNDARY }],
  ])("%s, also for those of a container", (_, provider, properties) => {
    const { roles } = packaged(provider, {}, { bridge: CONTAINER });
    expect(Object.keys(roles).toSorted()).toEqual([
      "ApiLambdaRole",
      "FlightsLambdaRole",
      "InfiniticBridgeExecutionRole",
      "InfiniticBridgeTaskRole",
      "TimersLambdaRole",
    ]);
    for (const role of Object.values(roles)) expect(role.Properties).toMatchObject(properties);
  });

  test("iam.role.name comes before the function's", () => {
    const { roles } = packaged({ iam: { role: { name: "shop" } } }, {}, { bridge: CONTAINER });
    expect(Object.values(roles).map(({ Properties }) => Properties)).toMatchObject(
      ["bridge-execution", "bridge-task", "flights", "timers", "api"].map((of) => ({
        RoleName: `shop-${of}`,
      })),
    );
    expect(() => packaged({ iam: { role: { name: "x".repeat(60) } } })).toThrow(
      "provider.iam.role.name: expected a name that leaves room for that of each function",
    );
  });

  test.each<[string, Partial<Provider>]>([
    ["iam.role.statements", { iam: { role: { statements: [SEND] } } }],
    ["iamRoleStatements", { iamRoleStatements: [SEND] }],
  ])("%s", (_, provider) => {
    expect(added(provider, {})).toEqual([SEND]);
  });

  test.each<[string, Partial<Provider>]>([
    ["iam.role.managedPolicies", { iam: { role: { managedPolicies: ["arn:m"] } } }],
    ["iamManagedPolicies", { iamManagedPolicies: ["arn:m"] }],
  ])("%s", (_, provider) => {
    expect(packaged(provider).roles["FlightsLambdaRole"]?.Properties).toMatchObject({
      ManagedPolicyArns: ["arn:m"],
    });
  });

  test.each<[string, Partial<Provider>]>([
    ["role", { role: "arn:aws:iam::1:role/ours" }],
    ["iam.role", { iam: { role: "arn:aws:iam::1:role/ours" } }],
    ["iam.role as a reference", { iam: { role: { "Fn::ImportValue": "ours" } as object } }],
  ])("%s: there is one, so none is made", (_, provider) => {
    const { service, roles } = packaged(provider);
    expect(roles).toEqual({});
    expect(service.functions["flights"]).not.toHaveProperty("role");
  });
});

const QUEUE = "arn:aws:sqs:eu-west-1:1:orders";
const KEY = "arn:aws:kms:eu-west-1:1:key/k";
const TOPIC = "arn:aws:sns:eu-west-1:1:failed";
const KINESIS = "arn:aws:kinesis:eu-west-1:1:stream/orders";
const allowed = (Action: readonly string[], resource: unknown): Statement => ({
  Effect: "Allow",
  Action,
  Resource: [resource],
});

describe("EDG-86 a function's role has what the framework gives to its own for its settings and events:", () => {
  test.each<[string, Partial<DeployedFunction>, readonly Statement[]]>([
    ["kmsKeyArn", { kmsKeyArn: KEY }, [allowed(["kms:Decrypt"], KEY)]],
    ["onError", { onError: TOPIC }, [allowed(["sns:Publish"], TOPIC)]],
    [
      "onError as a reference",
      { onError: { Ref: "Failed" } },
      [allowed(["sns:Publish", "sqs:SendMessage"], { Ref: "Failed" })],
    ],
    [
      "fileSystemConfig",
      { fileSystemConfig: { arn: "arn:efs" } },
      [allowed(["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"], "arn:efs")],
    ],
    [
      "destinations",
      { destinations: { onSuccess: QUEUE, onFailure: { type: "eventBus", arn: { Ref: "Bus" } } } },
      [allowed(["sqs:SendMessage"], QUEUE), allowed(["events:PutEvents"], { Ref: "Bus" })],
    ],
    [
      "a destination that is a function of the service",
      { destinations: { onFailure: "api" } },
      [allowed(["lambda:InvokeFunction"], { "Fn::Sub": expect.stringMatching(/:function:shop-dev-api$/) })],
    ],
    [
      "an event of SQS",
      { events: [{ pulsar: { service: "Flights" } }, { sqs: QUEUE }] },
      [allowed(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], QUEUE)],
    ],
    [
      "an event of DynamoDB Streams, with where what fails goes",
      {
        events: [
          { pulsar: { service: "Flights" } },
          {
            stream: {
              arn: { "Fn::GetAtt": ["T", "StreamArn"] },
              type: "dynamodb",
              destinations: { onFailure: TOPIC },
            },
          },
        ],
      },
      [
        allowed(expect.arrayContaining(["dynamodb:GetRecords", "dynamodb:ListStreams"]), {
          "Fn::GetAtt": ["T", "StreamArn"],
        }),
        allowed(["sns:Publish"], TOPIC),
      ],
    ],
    [
      "an event of Kinesis, with a consumer",
      { events: [{ pulsar: { service: "Flights" } }, { stream: { arn: KINESIS, consumer: true } }] },
      [
        allowed(expect.arrayContaining(["kinesis:GetRecords", "kinesis:ListShards"]), KINESIS),
        allowed(["kinesis:SubscribeToShard"], `${KINESIS}/consumer/*`),
      ],
    ],
    [
      "an event of EventBridge Scheduler",
      {
        events: [
          { pulsar: { service: "Flights" } },
          { schedule: { rate: ["rate(1 day)"], method: "scheduler" } },
        ],
      },
      [
        allowed(["lambda:InvokeFunction"], {
          "Fn::Sub": expect.stringMatching(/:function:shop-dev-flights$/),
        }),
      ],
    ],
  ])("%s", (_, own, statements) => {
    expect(added({}, own)).toEqual(statements);
  });

  test("provider.kmsKeyArn, which that of a function replaces", () => {
    expect(added({ kmsKeyArn: KEY }, {})).toEqual([allowed(["kms:Decrypt"], KEY)]);
    expect(added({ kmsKeyArn: KEY }, { kmsKeyArn: "arn:own" })).toEqual([
      allowed(["kms:Decrypt"], "arn:own"),
    ]);
  });

  test("EventBridge Scheduler may take the role of a function that it invokes, and of no other", () => {
    const events = [
      { pulsar: { service: "Flights" } },
      { schedule: { rate: ["rate(1 day)"], method: "scheduler" } },
    ];
    const { roles } = packaged({}, { events });
    const trust = (id: string): string => JSON.stringify(roles[id]?.Properties.AssumeRolePolicyDocument);
    expect(trust("FlightsLambdaRole")).toContain('["lambda.amazonaws.com","scheduler.amazonaws.com"]');
    expect(trust("ApiLambdaRole")).toContain('"Service":"lambda.amazonaws.com"');
  });

  test.each<[string, Partial<Provider>, Partial<DeployedFunction>, RegExp]>([
    ["its own", {}, {}, /log-group:\/aws\/lambda\/shop-dev-flights:\*/],
    [
      "that of all functions",
      { logs: { lambda: { logGroup: "/shop/all" } } },
      {},
      /log-group:\/shop\/all:\*/,
    ],
    [
      "the one it names",
      { logs: { lambda: { logGroup: "/shop/all" } } },
      { logs: { logGroup: "/one" } },
      /log-group:\/one:\*/,
    ],
  ])("it writes the log group where its log goes: %s", (_, provider, own, group) => {
    const { roles } = packaged(provider, own);
    const logs = statementsOf(roles["FlightsLambdaRole"]).filter(({ Action }) =>
      JSON.stringify(Action).includes("logs:"),
    );
    expect(logs).toHaveLength(1);
    expect(JSON.stringify(logs[0]?.Resource)).toMatch(group);
  });

  test("a function without a log writes none", () => {
    const { roles } = packaged({}, { disableLogs: true });
    expect(JSON.stringify(statementsOf(roles["FlightsLambdaRole"]))).not.toContain("logs:");
  });
});

describe("EDG-86 another plugin that defines iamRoleStatements", () => {
  function pluginBeside(isDefined: boolean) {
    const defined: object[] = [];
    const serverless = {
      classes: { Error },
      configSchemaHandler: {
        defineFunctionEvent: () => undefined,
        defineCustomProperties: () => undefined,
        defineFunctionProperties: (_provider: string, schema: object) => {
          if (isDefined)
            throw new Error("Property 'functions[].iamRoleStatements' already have a definition");
          defined.push(schema);
        },
      },
    } as unknown as Serverless;
    const log = { notice: () => undefined, warning: () => undefined };
    return { plugin: new InfiniticPlugin(serverless, {}, { log }), defined };
  }

  test("is told with what to do, whichever is loaded first", () => {
    expect(() => pluginBeside(true).plugin.asyncInit()).toThrow(
      "expected no other plugin that defines iamRoleStatements of a function, as serverless-iam-roles-per-function does, got one: take it out of plugins",
    );
  });

  test("is none where the plugin is alone", () => {
    const { plugin, defined } = pluginBeside(false);
    expect(defined).toEqual([]);
    plugin.asyncInit();
    expect(defined).toEqual([FUNCTION]);
  });
});
