import { arn, policy, type Resources, type Statement } from "./cloudformation.ts";
import type { CheckedContainer } from "./container-settings.ts";
import { useKeys } from "./encryption.ts";
import type { Plan } from "./plan.ts";
import { callFunctions, readPulsarSecrets } from "./rights.ts";
import { type RoleSettings, roleName } from "./role-settings.ts";

/** Longer than the bridge drains (100 s), and as long as Fargate lets anybody. */
const STOP_TIMEOUT = 120;
const HEALTH_PORT = 8080;
const HEALTHY = `fetch('http://127.0.0.1:${HEALTH_PORT}/startz').then(({ok})=>process.exit(ok?0:1),()=>process.exit(1))`;

/** Logical ids. */
const BRIDGE = "InfiniticBridge";
const LOGS = `${BRIDGE}Logs`;
const EXECUTION_ROLE = `${BRIDGE}ExecutionRole`;
const TASK_ROLE = `${BRIDGE}TaskRole`;
const CLUSTER = `${BRIDGE}Cluster`;
const TASK = `${BRIDGE}Task`;
const SERVICE = `${BRIDGE}Service`;
const SCALING = `${BRIDGE}Scaling`;

/**
 * A bridge in containers: as many as their backlog asks for, and rolled back when a new version does not get healthy.
 *
 * @param logRetentionDays of its log
 * @param settings of all roles; undefined where functions have one that is given, which a container cannot take
 */
export function containerBridgeResources(
  plan: Plan,
  logRetentionDays: number,
  settings: RoleSettings | undefined,
): Resources {
  const { container } = plan;
  if (container === undefined) return {};
  return {
    [LOGS]: {
      Type: "AWS::Logs::LogGroup",
      Properties: { LogGroupName: logGroup(plan), RetentionInDays: logRetentionDays },
    },
    [EXECUTION_ROLE]: role([writeLogs(plan), ...pull(container.image)], settings, "bridge-execution"),
    [TASK_ROLE]: role(
      [...callFunctions(plan), ...readPulsarSecrets(plan), ...useKeys("bridge", plan)],
      settings,
      "bridge-task",
    ),
    [CLUSTER]: { Type: "AWS::ECS::Cluster", Properties: {} },
    [TASK]: taskDefinition(plan, container),
    [SERVICE]: service(container),
    ...scaling(plan, container),
  };
}

function taskDefinition(plan: Plan, { image, cpu, memory, serviceUrl }: CheckedContainer) {
  const { serviceName, address, bridge } = plan;
  const environment = {
    INFINITIC_SERVICE: serviceName,
    INFINITIC_PULSAR: JSON.stringify({ ...address, ...(serviceUrl !== undefined && { serviceUrl }) }),
    INFINITIC_BRIDGE: JSON.stringify(bridge),
    INFINITIC_HEALTH_PORT: String(HEALTH_PORT),
    ...(useKeys("bridge", plan).length > 0 && { INFINITIC_KMS_KEY: plan.encryption?.kmsKey }),
  };
  const container = {
    Name: "bridge",
    Image: image,
    Essential: true,
    Environment: Object.entries(environment).map(([Name, Value]) => ({ Name, Value })),
    ReadonlyRootFilesystem: true,
    LinuxParameters: { Capabilities: { Drop: ["ALL"] }, InitProcessEnabled: true },
    StopTimeout: STOP_TIMEOUT,
    HealthCheck: {
      Command: ["CMD", "node", "-e", HEALTHY],
      Interval: 10,
      Timeout: 5,
      Retries: 3,
      StartPeriod: 120,
    },
    LogConfiguration: {
      LogDriver: "awslogs",
      Options: {
        "awslogs-group": { Ref: LOGS },
        "awslogs-region": { Ref: "AWS::Region" },
        "awslogs-stream-prefix": "bridge",
      },
    },
  };
  return {
    Type: "AWS::ECS::TaskDefinition",
    Properties: {
      Family: `${serviceName}-bridge`,
      RequiresCompatibilities: ["FARGATE"],
      NetworkMode: "awsvpc",
      RuntimePlatform: { CpuArchitecture: "ARM64", OperatingSystemFamily: "LINUX" },
      Cpu: String(cpu),
      Memory: String(memory),
      ExecutionRoleArn: { "Fn::GetAtt": [EXECUTION_ROLE, "Arn"] },
      TaskRoleArn: { "Fn::GetAtt": [TASK_ROLE, "Arn"] },
      ContainerDefinitions: [container],
    },
  };
}

/** How many there are is left to their scaling: a deployment does not change it. */
function service({ subnets, securityGroups, assignPublicIp }: CheckedContainer) {
  return {
    Type: "AWS::ECS::Service",
    Properties: {
      Cluster: { Ref: CLUSTER },
      TaskDefinition: { Ref: TASK },
      LaunchType: "FARGATE",
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          Subnets: subnets,
          SecurityGroups: securityGroups,
          AssignPublicIp: assignPublicIp ? "ENABLED" : "DISABLED",
        },
      },
      PropagateTags: "SERVICE",
    },
  };
}

function scaling({ serviceName }: Plan, { min, max, backlogPerTask }: CheckedContainer): Resources {
  return {
    [SCALING]: {
      Type: "AWS::ApplicationAutoScaling::ScalableTarget",
      Properties: {
        ServiceNamespace: "ecs",
        ScalableDimension: "ecs:service:DesiredCount",
        ResourceId: { "Fn::Sub": `service/\${${CLUSTER}}/\${${SERVICE}.Name}` },
        MinCapacity: min,
        MaxCapacity: max,
      },
    },
    [`${SCALING}Policy`]: {
      Type: "AWS::ApplicationAutoScaling::ScalingPolicy",
      Properties: {
        PolicyName: `${serviceName}-bridge-backlog`,
        PolicyType: "TargetTrackingScaling",
        ScalingTargetId: { Ref: SCALING },
        TargetTrackingScalingPolicyConfiguration: {
          // Each bridge tells its own once a minute: the average is the backlog of one.
          CustomizedMetricSpecification: {
            Namespace: "Infinitic",
            MetricName: "MessagesHeld",
            Dimensions: [{ Name: "Service", Value: serviceName }],
            Statistic: "Average",
            Unit: "Count",
          },
          TargetValue: backlogPerTask,
          ScaleOutCooldown: 60,
          ScaleInCooldown: 300,
        },
      },
    },
  };
}

const logGroup = ({ serviceName }: Plan): string => `/ecs/${serviceName}-bridge`;

function writeLogs(plan: Plan): Statement {
  const group = arn("logs", `log-group:${logGroup(plan)}:*`);
  return { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: group };
}

/** From a repository of the account's registry; another registry asks for no right, or for one of its own. */
function pull(image: unknown): readonly Statement[] {
  const found = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/.exec(String(image));
  if (!found) return [];
  const [, account, region, repository] = found;
  const Resource = { "Fn::Sub": `arn:\${AWS::Partition}:ecr:${region}:${account}:repository/${repository}` };
  return [
    {
      Effect: "Allow",
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Resource,
    },
    // Gives a login to the registry, which shows nothing of any repository; it knows no resources.
    { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
  ];
}

function role(statements: readonly Statement[], settings: RoleSettings | undefined, name: string) {
  const trust: Statement = {
    Effect: "Allow",
    Principal: { Service: "ecs-tasks.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
  };
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: policy([trust]),
      Policies: [{ PolicyName: "infinitic", PolicyDocument: policy(statements) }],
      ...settings?.properties,
      ...(settings && roleName(settings, name)),
    },
  };
}
