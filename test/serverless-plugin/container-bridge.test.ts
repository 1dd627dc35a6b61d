import { describe, expect, test } from "vitest";
import { applyEnvironment, applyStack, dropLambdaBridge } from "../../infra/serverless-plugin/apply.ts";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import type {
  ContainerSettings,
  DeployedFunction,
  Serverless,
  Settings,
} from "../../infra/serverless-plugin/serverless.ts";
import { serviceOf } from "./service-of.ts";

const PULSAR = { webUrl: "https://pulsar.example.com", tenant: "acme", token: "ssm:/shop/token" };
const CONTAINER = {
  image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/infinitic/bridge:1.2",
  subnets: ["subnet-1", { "Fn::ImportValue": "private" }],
  securityGroups: ["sg-1"],
};

const shop = (
  container: ContainerSettings = CONTAINER,
  settings: Partial<Settings> = {},
  functions: { readonly [key: string]: DeployedFunction } = {},
) => {
  const booking = { name: "shop-dev-booking", events: [{ pulsar: { workflow: "Booking" } }] };
  return serviceOf({ pulsar: PULSAR, bridge: { container }, ...settings }, { booking, ...functions });
};

/** What becomes of a service when it is packaged, and its resources. */
function packaged(service: Serverless["service"]) {
  const plan = planOf(service);
  dropLambdaBridge(plan, service);
  applyEnvironment(plan, service);
  applyStack(plan, service);
  const resources = service.resources?.Resources as {
    readonly [id: string]: { readonly Type: string; readonly Properties: Record<string, unknown> };
  };
  return { plan, functions: service.functions, resources };
}

const statementsOf = (role: unknown): readonly { readonly Action: unknown; readonly Resource: unknown }[] =>
  (role as { Properties: { Policies: [{ PolicyDocument: { Statement: [] } }] } }).Properties.Policies[0]
    .PolicyDocument.Statement;
const here = (text: string) => ({ "Fn::Sub": `arn:\${AWS::Partition}:${text}` });
const PLACE = `\${AWS::Region}:\${AWS::AccountId}`;

describe("a bridge that runs in containers", () => {
  test("takes the place of the function: nothing is scheduled, and the API wakes nobody", () => {
    const { functions, resources } = packaged(shop());
    expect(Object.keys(functions)).toEqual(["flights", "timers", "api", "booking"]);
    expect(resources).not.toHaveProperty("BridgeLambdaRole");
    expect(functions["api"]?.environment).not.toHaveProperty("INFINITIC_BRIDGE_FUNCTION");
  });

  test("leaves alone a function of that name which is something else", () => {
    const bridge = { name: "shop-dev-bridge", events: [{ pulsar: { service: "Bridge" } }] };
    expect(packaged(shop(CONTAINER, {}, { bridge })).functions).toHaveProperty("bridge");
  });

  test("is told what the function is told: routes, Pulsar without its secret, and the service's name", () => {
    const { plan, resources } = packaged(shop());
    const task = resources["InfiniticBridgeTask"]?.Properties as unknown as {
      readonly ContainerDefinitions: [{ readonly Environment: readonly { Name: string; Value: string }[] }];
    };
    const [container] = task.ContainerDefinitions;
    const environment = Object.fromEntries(container.Environment.map(({ Name, Value }) => [Name, Value]));
    expect(environment).toEqual({
      INFINITIC_SERVICE: "shop-dev",
      INFINITIC_PULSAR: JSON.stringify(PULSAR),
      INFINITIC_BRIDGE: JSON.stringify(plan.bridge),
      INFINITIC_HEALTH_PORT: "8080",
    });
  });

  test("speaks Pulsar's own protocol where it is told the brokers' address; functions do not", () => {
    const { functions, resources } = packaged(
      shop({ ...CONTAINER, serviceUrl: "pulsar+ssl://pulsar.example.com:6651" }),
    );
    expect(JSON.stringify(resources["InfiniticBridgeTask"])).toContain(
      "pulsar+ssl://pulsar.example.com:6651",
    );
    expect(functions["api"]?.environment?.["INFINITIC_PULSAR"]).not.toContain("serviceUrl");
  });

  test("encrypts what its triggers make of business messages, where values are encrypted", () => {
    const kmsKey = "arn:aws:kms:eu-west-1:123456789012:key/1";
    const start = { start: "Booking", topic: "orders", id: "id" };
    const booking = {
      name: "shop-dev-booking",
      events: [{ pulsar: { workflow: "Booking" } }, { pulsar: start }],
    };
    const { resources } = packaged(shop(CONTAINER, { encryption: { kmsKey } }, { booking }));
    expect(statementsOf(resources["InfiniticBridgeTaskRole"])).toContainEqual(
      expect.objectContaining({ Action: ["kms:GenerateDataKey"], Resource: [kmsKey] }),
    );
    expect(JSON.stringify(resources["InfiniticBridgeTask"])).toContain(
      JSON.stringify({ Name: "INFINITIC_KMS_KEY", Value: kmsKey }),
    );
    const without = packaged(shop(CONTAINER, { encryption: { kmsKey } })).resources;
    expect(JSON.stringify(without["InfiniticBridgeTask"])).not.toContain("INFINITIC_KMS_KEY");
  });

  test("is a Fargate task on ARM that is given time to drain, and may write no file", () => {
    const { resources } = packaged(shop());
    expect(resources["InfiniticBridgeTask"]?.Properties).toMatchObject({
      RequiresCompatibilities: ["FARGATE"],
      NetworkMode: "awsvpc",
      RuntimePlatform: { CpuArchitecture: "ARM64" },
      Cpu: "512",
      Memory: "1024",
      ContainerDefinitions: [
        {
          Image: CONTAINER.image,
          StopTimeout: 120,
          ReadonlyRootFilesystem: true,
          LinuxParameters: { Capabilities: { Drop: ["ALL"] } },
          HealthCheck: { Command: ["CMD", "node", "-e", expect.stringContaining("/startz")] },
          LogConfiguration: { LogDriver: "awslogs" },
        },
      ],
    });
    expect(resources["InfiniticBridgeLogs"]?.Properties).toEqual({
      LogGroupName: "/ecs/shop-dev-bridge",
      RetentionInDays: 30,
    });
  });

  test("goes back to the version before when a new one does not get healthy", () => {
    const { resources } = packaged(shop());
    const { Properties: service } = resources["InfiniticBridgeService"] ?? {};
    expect(service).toMatchObject({
      LaunchType: "FARGATE",
      DeploymentConfiguration: { DeploymentCircuitBreaker: { Enable: true, Rollback: true } },
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          Subnets: CONTAINER.subnets,
          SecurityGroups: CONTAINER.securityGroups,
          AssignPublicIp: "DISABLED",
        },
      },
    });
    expect(service).not.toHaveProperty("DesiredCount");
  });

  test("is as many as the backlog of each asks for, between least and most", () => {
    const { resources } = packaged(shop({ ...CONTAINER, min: 2, max: 9, backlogPerTask: 200 }));
    expect(resources["InfiniticBridgeScaling"]?.Properties).toMatchObject({ MinCapacity: 2, MaxCapacity: 9 });
    expect(resources["InfiniticBridgeScalingPolicy"]?.Properties).toMatchObject({
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        CustomizedMetricSpecification: {
          Namespace: "Infinitic",
          MetricName: "MessagesHeld",
          Dimensions: [{ Name: "Service", Value: "shop-dev" }],
          Statistic: "Average",
        },
        TargetValue: 200,
      },
    });
  });

  test("may call the functions that it has routes to and read the secret, and nothing else", () => {
    const { resources } = packaged(shop());
    const called = ["flights", "booking", "timers"].map((name) =>
      here(`lambda:${PLACE}:function:shop-dev-${name}`),
    );
    expect(statementsOf(resources["InfiniticBridgeTaskRole"])).toEqual([
      { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: called },
      { Effect: "Allow", Action: "ssm:GetParameter", Resource: here(`ssm:${PLACE}:parameter/shop/token`) },
    ]);
    expect(resources["InfiniticBridgeTaskRole"]?.Properties).toMatchObject({
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { Service: "ecs-tasks.amazonaws.com" },
            Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
          },
        ],
      },
    });
  });

  test("is started by a role that may pull its image and write its log", () => {
    expect(statementsOf(packaged(shop()).resources["InfiniticBridgeExecutionRole"])).toEqual([
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: here(`logs:${PLACE}:log-group:/ecs/shop-dev-bridge:*`),
      },
      {
        Effect: "Allow",
        Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        Resource: here("ecr:eu-west-1:123456789012:repository/infinitic/bridge"),
      },
      { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    ]);
    const elsewhere = packaged(shop({ ...CONTAINER, image: "registry.example.com/bridge:1" }));
    expect(statementsOf(elsewhere.resources["InfiniticBridgeExecutionRole"])).toHaveLength(1);
  });

  test("serves functions that take longer than a bridge in a Lambda could, and any number of routes", () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, nth) => [
        `service${nth}`,
        { name: `shop-dev-service${nth}`, timeout: 900, events: [{ pulsar: { service: `Service${nth}` } }] },
      ]),
    );
    expect(planOf(shop(CONTAINER, {}, many)).bridge.routes).toHaveLength(45);
  });

  test.each<[string, ContainerSettings, string]>([
    [
      "image",
      { ...CONTAINER, image: undefined },
      "expected the URI of the image that infra/bridge/Dockerfile makes, got none",
    ],
    ["subnets", { ...CONTAINER, subnets: [] }, "expected the subnets in which the bridge runs, got none"],
    [
      "securityGroups",
      { ...CONTAINER, securityGroups: [] },
      "expected the bridge's security groups, got none",
    ],
    ["cpu", { ...CONTAINER, cpu: 300 }, "expected one of 256, 512, 1024, 2048, 4096, got 300"],
    [
      "memory",
      { ...CONTAINER, memory: 8_192 },
      "expected whole GB between 1024 and 4096 MB for 512 CPU units, got 8192",
    ],
    ["max", { ...CONTAINER, min: 3, max: 2 }, "expected at least min, which is 3, got 2"],
  ])("refuses settings with the wrong %s", (name, container, message) => {
    expect(() => planOf(shop(container))).toThrow(`custom.infinitic.bridge.container.${name}: ${message}`);
  });
});
