import type { OAuth2 } from "../../lib/lambda/pulsar-token.ts";
import type { SecretClient } from "../../lib/lambda/secret.ts";
import type { SubscriptionType } from "../../lib/ports/broker.ts";
import type { Statement } from "./cloudformation.ts";

/** What the plugin uses of the Serverless Framework, which tells plugins no types. */
export interface Serverless {
  readonly service: {
    readonly service: string;
    readonly provider: Provider;
    readonly functions: { [key: string]: DeployedFunction };
    readonly custom?: { readonly infinitic?: Settings };
    resources?: {
      Resources?: { [logicalId: string]: unknown };
      extensions?: { [logicalId: string]: unknown };
    };
  };
  readonly configSchemaHandler: {
    defineFunctionEvent(provider: string, event: string, schema: object): void;
    defineCustomProperties(schema: object): void;
    defineFunctionProperties(provider: string, schema: object): void;
  };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
  /** The framework's part for AWS. */
  getProvider(name: "aws"): {
    getAwsSdkV3Config(): Promise<SecretClient>;
    readonly naming: { getStackName(): string };
  };
  /** The command line, as the framework has read it. */
  readonly processedInput?: { readonly commands: readonly string[] };
  readonly pluginManager: {
    readonly plugins: readonly object[];
    /** What runs at each event, in order: the framework's own affair, so it may become another. */
    readonly hooks?: {
      [lifecycleEvent: string]: { readonly pluginName: string; readonly hook: () => void | Promise<void> }[];
    };
  };
  /** Where `serverless.yml` is, or what a bundler has put in its place. */
  readonly serviceDir: string;
}

/** `provider` of `serverless.yml`. */
export interface Provider {
  readonly stage: string;
  /** Of all functions: `nodejs24.x`. */
  readonly runtime?: string;
  /** In seconds. */
  readonly timeout?: number;
  /** In MB. */
  readonly memorySize?: number;
  /** Of all functions. */
  readonly environment?: { readonly [name: string]: unknown };
  readonly logs?: { readonly lambda?: FunctionLogs };
  readonly vpc?: object;
  readonly tracing?: { readonly lambda?: boolean | string };
  readonly iam?: { readonly role?: string | ProviderRole };
  /** The framework's older settings of what is in `iam.role`. */
  readonly role?: unknown;
  readonly iamRoleStatements?: readonly Statement[];
  readonly iamManagedPolicies?: readonly unknown[];
  readonly rolePermissionsBoundary?: unknown;
  readonly kmsKeyArn?: unknown;
  logRetentionInDays?: number;
  /** How the function is that `deploy function` is to deploy, as Lambda tells. */
  readonly remoteFunctionData?: {
    readonly Configuration?: {
      readonly Environment?: { readonly Variables?: { readonly [name: string]: string } };
    };
  };
  httpApi?: {
    /** Of an API that another stack has. */
    readonly id?: unknown;
    readonly metrics?: boolean;
    /** The format of events: `2.0` unless given. */
    readonly payload?: string;
    readonly cors?: boolean | Cors;
    readonly authorizers?: { readonly [name: string]: object };
  };
}

/** The framework's own role, and what the roles of all functions are to be like. */
export interface ProviderRole {
  readonly name?: string;
  readonly path?: string;
  readonly tags?: { readonly [name: string]: string };
  readonly statements?: readonly Statement[];
  readonly managedPolicies?: readonly unknown[];
  readonly permissionsBoundary?: unknown;
  /** The same, misspelt. */
  readonly permissionBoundary?: unknown;
}

/** Which pages of browsers may call the API. */
export interface Cors {
  readonly allowedHeaders?: readonly string[];
  readonly exposedResponseHeaders?: readonly string[];
}

/** Where a function logs, how much and in which form. */
export interface FunctionLogs {
  readonly logGroup?: string;
  readonly logFormat?: string;
  readonly systemLogLevel?: string;
}

/** What tells of an invocation that nobody waited for. */
export type Destination =
  | string
  | { readonly arn: unknown; readonly type?: "function" | "sns" | "sqs" | "eventBus" };

/** What invokes a function. */
export interface FunctionEvent {
  readonly pulsar?: PulsarEvent;
  readonly httpApi?: unknown;
  readonly schedule?:
    | string
    | {
        readonly rate: readonly string[];
        readonly input?: object;
        readonly method?: string;
        readonly roleArn?: unknown;
      };
  readonly sqs?: string | { readonly arn: unknown };
  readonly stream?:
    | string
    | {
        readonly arn: unknown;
        readonly type?: "dynamodb" | "kinesis";
        readonly consumer?: unknown;
        readonly destinations?: { readonly onFailure?: Destination };
      };
}

/** What the framework hands to plugins besides itself. */
export interface PluginTools {
  readonly log: { notice(message: string): void; warning(message: string): void };
}

/** A function of `serverless.yml`. */
export interface DeployedFunction {
  /** Its name in Lambda: `<service>-<stage>-<key>` unless given. */
  readonly name: string;
  /** A file without its extension, and what it exports. */
  readonly handler?: string;
  readonly runtime?: string;
  /** In seconds. */
  timeout?: number;
  /** In MB. */
  memorySize?: number;
  /** How much of what is logged, and in which form. */
  logs?: FunctionLogs;
  /** Of events that nobody waits for. */
  maximumRetryAttempts?: number;
  events?: readonly FunctionEvent[];
  role?: unknown;
  readonly disableLogs?: boolean;
  provisionedConcurrency?: unknown;
  /** The function's own address. */
  readonly url?: boolean | { readonly authorizer?: string };
  /** How its events of an HTTP API are written. */
  httpApi?: { readonly payload?: string };
  readonly kmsKeyArn?: unknown;
  readonly onError?: unknown;
  readonly fileSystemConfig?: { readonly arn: unknown };
  readonly destinations?: { readonly onSuccess?: Destination; readonly onFailure?: Destination };
  readonly vpc?: object | false | null;
  readonly tracing?: boolean | string;
  /** What the function may do besides what its part of the system needs. */
  readonly iamRoleStatements?: readonly Statement[];
  environment?: { [name: string]: unknown };
}

/** The event `pulsar`: which messages a function takes, or which start or signal its workflow. */
export interface PulsarEvent {
  readonly service?: string;
  readonly workflow?: string;
  /** Of the user's own. */
  readonly topic?: string;
  /** The workflow that each message of the topic starts, or signals. */
  readonly start?: string;
  readonly signal?: string;
  /** Where the workflow id is in the message's JSON: `order.id`. */
  readonly id?: string;
  /** The method that a start runs when it names none. */
  readonly method?: string;
  /** What a signal goes to. */
  readonly channel?: string;
  readonly type?: SubscriptionType;
  readonly subscription?: string;
  readonly batchSize?: number;
  readonly batchBytes?: number;
  readonly lingerMs?: number;
  readonly maxConcurrency?: number;
  /** Attempts after which a message of a topic goes to its dead-letter topic. */
  readonly maxAttempts?: number;
}

/** Of a bridge that runs in containers: a service of ECS on Fargate. */
export interface ContainerSettings {
  /** What `infra/bridge/Dockerfile` makes, in a registry: a URI, or what CloudFormation makes one of. Needed. */
  readonly image?: unknown;
  /** Needed: from there it has to reach Pulsar, Lambda, the registry and the logs. */
  readonly subnets?: readonly unknown[];
  /** Needed. */
  readonly securityGroups?: readonly unknown[];
  /** Whether it has an address of the internet's, in public subnets without NAT: no unless given. */
  readonly assignPublicIp?: boolean;
  /** In units of Fargate, 1024 to a core: 512 unless given. */
  readonly cpu?: number;
  /** In MB: the least that goes with the CPU unless given. */
  readonly memory?: number;
  /** How many bridges there are at least: 1 unless given. */
  readonly min?: number;
  /** How many at most: 4 unless given. */
  readonly max?: number;
  /** Messages held by a bridge, in flight or waiting, above which there are to be more bridges: 500 unless given. */
  readonly backlogPerTask?: number;
  /** `pulsar://` or `pulsar+ssl://` of Pulsar's brokers, for Pulsar's own client; its WebSocket API unless given. */
  readonly serviceUrl?: string;
}

/** `custom.infinitic`. */
export interface Settings {
  readonly pulsar: {
    readonly webUrl: string;
    readonly tenant?: string;
    readonly namespace?: string;
    /** Where Pulsar's token is: `ssm:/path` or `secretsmanager:name`. */
    readonly token?: string;
    /** Who gives a token, and to whom: instead of one of one's own. */
    readonly oauth2?: OAuth2;
    /** Of the admin API: `webUrl` unless given. */
    readonly adminUrl?: string;
    /** Whether a deployment creates and checks topics first: yes unless given. */
    readonly manageTopics?: boolean;
    /** Of new topics of services and workflows: not partitioned unless given. */
    readonly partitions?: number;
  };
  /** The table's name: `<service>-<stage>` unless given. Or that of a table which there is already. */
  readonly table?: string | { readonly existing: string };
  /**
   * The name of the bucket for large values: CloudFormation's choice unless given. Or that of a bucket which there is
   * already, or what CloudFormation makes one of: for all stacks of a namespace it is to be the same one.
   */
  readonly bucket?: string | { readonly existing: unknown };
  /** The key of the function that answers HTTP: `api` unless given. */
  readonly api?: string;
  /** The key of the function that sweeps far wake-ups: `timers` unless given. */
  readonly timers?: string;
  /** The key of the function that is the bridge, `bridge` unless given; or where it runs instead. */
  readonly bridge?: string | { readonly container: ContainerSettings } | { readonly external: true };
  /** Whether instances can be listed by workflow, status and time: yes unless given. */
  readonly listIndex?: boolean;
  /** How many bridges may run at once: 1 unless given. */
  readonly slots?: number;
  /** Who may call the API: `iam` (signed requests) unless given. */
  readonly auth?:
    | "iam"
    | "none"
    | {
        readonly jwt: {
          readonly issuerUrl: string;
          readonly audience: readonly string[];
          readonly scopes?: readonly string[];
        };
      };
  /**
   * The key of KMS under which users' values are encrypted, in messages and wherever they are kept: its ARN, or what
   * CloudFormation makes one of. `formerKeys` are those under which there are values from before. Values are in the
   * clear unless given.
   */
  readonly encryption?: { readonly kmsKey: unknown; readonly formerKeys?: readonly unknown[] };
  /** Calls of the API a second, and at once: 100 and 200 unless given. */
  readonly throttling?: { readonly rate?: number; readonly burst?: number };
  /** Whom alarms tell: ARNs of SNS topics, for one. */
  readonly alarms?: false | { readonly actions?: readonly unknown[] };
  /** Whether table and payloads outlive the stack: yes unless given. */
  readonly retainData?: boolean;
}
