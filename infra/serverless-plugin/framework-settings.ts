import type { Member, Plan } from "./plan.ts";
import type { DeployedFunction, Provider } from "./serverless.ts";

/** Why a setting of a function of the system is not taken; undefined where it is. */
export type Refusal = (deployed: DeployedFunction, member: Member, plan: Plan) => string | undefined;

/**
 * What becomes of a setting of the framework: `framework`: nothing here stands in its way; `role`: the roles of
 * functions of the system have it, too; `plugin`: the plugin has a say in it; or it may be refused.
 */
export type Treatment = "framework" | "role" | "plugin" | Refusal;

interface Treatments {
  readonly [setting: string]: Treatment;
}

/** Of `provider`: every key that the framework knows, which a test holds this list to. */
export const PROVIDER_SETTINGS = {
  ...all("framework", "name alb apiGateway apiName architecture cfnRole cloudFront deletionProtection"),
  ...all("framework", "deploymentBucket deploymentPrefix deploymentMethod disableRollback ecr endpointType"),
  ...all("framework", "environment layers logDataProtectionPolicy notificationArns profile region"),
  ...all("framework", "rollbackConfiguration runtime runtimeManagement s3 stackName stackParameters"),
  ...all("framework", "stackPolicy stackTags tags vpcEndpointIds versionFunctions pruneFunctionVersions"),
  ...all("framework", "websocket websocketsApiName kinesis websocketsApiRouteSelectionExpression"),
  ...all("framework", "websocketsDescription"),
  ...all("plugin", "httpApi logRetentionInDays logs memorySize stage timeout"),
  ...all("role", "iam role iamRoleStatements iamManagedPolicies rolePermissionsBoundary kmsKeyArn"),
  ...all("role", "tracing vpc"),
} as const satisfies Treatments;

/** Of `provider.iam.role`. */
export const ROLE_SETTINGS = all(
  "role",
  "name path tags statements managedPolicies permissionsBoundary permissionBoundary",
);

/** Of a function. */
export const FUNCTION_SETTINGS: Treatments = {
  ...all("framework", "name architecture awsKmsKeyArn dependsOn description ephemeralStorageSize handler"),
  ...all("framework", "image layers logRetentionInDays logDataProtectionPolicy maximumEventAge package"),
  ...all("framework", "recursiveLoop reservedConcurrency runtime runtimeManagement tags versionFunction"),
  ...all("plugin", "environment logs maximumRetryAttempts memorySize timeout events"),
  ...all("role", "destinations fileSystemConfig kmsKeyArn onError role tracing vpc iamRoleStatements"),
  condition: () =>
    "no condition: the bridge has a route to the function, and what calls it a right, whether it is there or not",
  disableLogs: (_, { kind }) => (kind === "bridge" ? "a log: what alarms look at is in it" : undefined),
  durableConfig: () => "no durableConfig: a function of the system is called anew for each step",
  snapStart: () => "no snapStart, which Node.js does not have",
  provisionedConcurrency: (_, { kind }) =>
    kind === "bridge"
      ? "no provisioned concurrency: a bridge runs for minutes, and starts itself"
      : undefined,
  url: ({ url }, { kind }, { auth }) => {
    if (kind !== "api") return "no address of its own: whoever knew it would send messages past the bridge";
    const isOpen = typeof url !== "object" || url.authorizer !== "aws_iam";
    return isOpen && auth.kind !== "none"
      ? "an address with authorizer: aws_iam, as custom.infinitic.auth does not let everybody in"
      : undefined;
  },
  httpApi: ({ httpApi }, { kind }) =>
    kind === "api" && (httpApi?.payload ?? "2.0") !== "2.0"
      ? "events of format 2.0, which the API reads"
      : undefined,
};

/** In whose role the framework puts what an event needs is its own: the function would lack it. */
const inFrameworksRole: Refusal = () =>
  "no such event, as the framework gives its rights to its own role only: take a function outside of the system, or give this one a role";
const notOfApi: Refusal = (_, { kind }) =>
  kind === "api" ? "no such event: the API answers API Gateway's HTTP API only" : undefined;

/** What invokes a function. */
export const FUNCTION_EVENTS: Treatments = {
  ...all("framework", "s3 sns alexaSkill alexaSmartHome iot iotFleetProvisioning cloudwatchEvent"),
  ...all("framework", "cloudwatchLog cognitoUserPool eventBridge"),
  ...all("role", "sqs stream schedule"),
  ...all("plugin", "pulsar httpApi"),
  http: notOfApi,
  alb: notOfApi,
  websocket: inFrameworksRole,
  kafka: inFrameworksRole,
  msk: inFrameworksRole,
  activemq: inFrameworksRole,
  rabbitmq: inFrameworksRole,
  cloudFront: inFrameworksRole,
};

/** The settings of `provider.httpApi`. */
export const HTTP_API_SETTINGS = {
  ...all("framework", "name description metrics useProviderTags disableDefaultEndpoint"),
  ...all("framework", "shouldStartNameWithService"),
  ...all("plugin", "authorizers cors id payload"),
} as const satisfies Treatments;

/** Settings of which nobody has said what becomes of them are as the framework has them. */
export function treatmentOf(treatments: Treatments, setting: string): Treatment {
  return Object.hasOwn(treatments, setting) ? (treatments[setting] ?? "framework") : "framework";
}

/** Whether the API is one of another stack, whose settings are there. */
export const isForeignApi = ({ httpApi }: Provider): boolean => httpApi?.id !== undefined;

function all<T extends Treatment>(treatment: T, settings: string): { readonly [setting: string]: T } {
  return Object.fromEntries(settings.split(" ").map((setting) => [setting, treatment]));
}
