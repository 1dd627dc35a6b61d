import { describe, expect, test } from "vitest";
import { catchAll } from "../../infra/serverless-plugin/api-routes.ts";
import { applyStack } from "../../infra/serverless-plugin/apply.ts";
import { logicalName } from "../../infra/serverless-plugin/cloudformation.ts";
import { type Member, type Plan, planOf } from "../../infra/serverless-plugin/plan.ts";
import { rightsOf } from "../../infra/serverless-plugin/rights.ts";
import { rolesOf } from "../../infra/serverless-plugin/roles.ts";
import { secretReference } from "../../infra/serverless-plugin/secret.ts";
import type { Provider, Serverless, Settings } from "../../infra/serverless-plugin/serverless.ts";
import { stackResources } from "../../infra/serverless-plugin/stack.ts";

function shop(
  settings: Partial<Settings> = {},
  provider: Partial<Provider> = {},
  own: object = {},
): Serverless["service"] {
  return {
    service: "shop",
    provider: { stage: "dev", timeout: 30, ...provider },
    functions: {
      booking: { name: "shop-dev-booking", events: [{ pulsar: { workflow: "Booking" } }] },
      flights: { name: "shop-dev-flights", events: [{ pulsar: { service: "Flights" } }], ...own },
      timers: { name: "shop-dev-timers" },
      api: { name: "shop-dev-api" },
      bridge: { name: "shop-dev-bridge" },
      website: { name: "shop-dev-website" },
    },
    custom: { infinitic: { pulsar: { webUrl: "https://pulsar.example.com" }, ...settings } },
  };
}

/** Its bridge runs elsewhere, so that functions may take as long as Lambda lets them. */
function withoutBridge({ functions: { bridge: _, ...functions }, ...service }: Serverless["service"]) {
  return { ...service, functions };
}

const rolesIn = (service: Serverless["service"]) => rolesOf(planOf(service), service);
const memberOf = ({ members }: Plan, wanted: string): Member =>
  members.find(({ key }) => key === wanted) as Member; // every service here has it
const text = (value: unknown): string => JSON.stringify(value);

describe("roles", () => {
  test("belong to one function of the system each; other functions keep the framework's", () => {
    expect(rolesIn(shop()).byFunction).toEqual({
      booking: "BookingLambdaRole",
      flights: "FlightsLambdaRole",
      timers: "TimersLambdaRole",
      api: "ApiLambdaRole",
      bridge: "BridgeLambdaRole",
    });
  });

  test("let the bridge call the functions it has routes to, use its lease and read the secret", () => {
    const plan = planOf(
      shop({ pulsar: { webUrl: "https://pulsar.example.com", token: "secretsmanager:shop/pulsar" } }),
    );
    const rights = rightsOf(memberOf(plan, "bridge"), plan);
    const [, lease, invoke, secret] = rights;
    expect(rights).toHaveLength(4);
    expect(lease).toMatchObject({
      Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["b#*"] } },
    });
    const called = [invoke?.Resource].flat().map((it) => text(it).replace(/.*function:|"}/g, ""));
    expect(called).toEqual(["shop-dev-booking", "shop-dev-flights", "shop-dev-timers", "shop-dev-bridge"]);
    expect(invoke?.Action).toBe("lambda:InvokeFunction");
    expect(secret?.Action).toBe("secretsmanager:GetSecretValue");
    expect(text(secret?.Resource)).toContain("secret:shop/pulsar-??????");
  });

  test("let the api function wake the bridge", () => {
    const plan = planOf(shop());
    const rights = rightsOf(memberOf(plan, "api"), plan);
    const invoke = rights.find(({ Action }) => Action === "lambda:InvokeFunction");
    expect(text(invoke?.Resource)).toMatch(/shop-dev-booking.*shop-dev-bridge/);
    expect(text(invoke?.Resource)).not.toContain("shop-dev-flights");
  });

  test("have what the user adds: for all functions, and for one", () => {
    const ofAll = { Effect: "Allow", Action: "sqs:SendMessage", Resource: "arn:aws:sqs:*:*:audit" } as const;
    const ofOne = {
      Effect: "Allow",
      Action: "ses:SendEmail",
      Resource: "arn:aws:ses:*:*:identity/me",
    } as const;
    const { resources } = rolesIn(
      shop(
        {},
        { iam: { role: { statements: [ofAll], permissionsBoundary: "arn:aws:iam::1:policy/edge" } } },
        { iamRoleStatements: [ofOne] },
      ),
    );
    const { FlightsLambdaRole: flights, TimersLambdaRole: timers } = resources;
    expect(flights?.Properties).toMatchObject({ PermissionsBoundary: "arn:aws:iam::1:policy/edge" });
    expect(text(flights)).toContain(`${text(ofAll)},${text(ofOne)}`);
    expect(text(timers)).toContain(text(ofAll));
    expect(text(timers)).not.toContain(text(ofOne));
  });

  test("let functions in a VPC make network interfaces, and traced ones write traces", () => {
    const { resources } = rolesIn(shop({}, { tracing: { lambda: true } }, { vpc: { subnetIds: ["s"] } }));
    expect(text(resources["FlightsLambdaRole"])).toMatch(/AWSLambdaVPCAccess.*AWSXRayDaemonWriteAccess/);
    expect(text(resources["TimersLambdaRole"])).not.toContain("VPCAccess");
  });

  test("are not made where the user has given one, to a function or to all", () => {
    const own = rolesIn(shop({}, {}, { role: "arn:aws:iam::1:role/mine" }));
    expect(own.byFunction).not.toHaveProperty("flights");
    expect(rolesIn(shop({}, { iam: { role: "arn:aws:iam::1:role/ours" } })).byFunction).toEqual({});
  });
});

describe("the stack", () => {
  test("keeps table and payloads when it is removed, unless told not to", () => {
    const { InfiniticTable, InfiniticPayloads } = stackResources(planOf(shop()));
    expect(InfiniticTable).toMatchObject({ DeletionPolicy: "Retain" });
    expect(InfiniticPayloads).toMatchObject({ DeletionPolicy: "Retain" });
    expect(text(stackResources(planOf(shop({ retainData: false }))))).not.toContain("Retain");
  });

  test("has an alarm for each thing that does not heal by itself, told to whom the settings name", () => {
    const actions = ["arn:aws:sns:eu-west-1:1:night"];
    const resources = stackResources(planOf(shop({ alarms: { actions } })));
    const alarms = Object.entries(resources).filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm");
    expect(alarms.map(([id]) => id)).toEqual([
      "InfiniticParkedAlarm",
      "InfiniticOldestAlarm",
      "InfiniticHealthIssueAlarm",
      "InfiniticThrottledAlarm",
      "InfiniticTableThrottledAlarm",
      "InfiniticBridgeAbsentAlarm",
    ]);
    for (const [, alarm] of alarms) expect(alarm.Properties).toMatchObject({ AlarmActions: actions });
    expect(resources["InfiniticParkedAlarm"]?.Properties).toMatchObject({
      Namespace: "Infinitic",
      MetricName: "MessagesParked",
      Dimensions: [{ Name: "Service", Value: "shop-dev" }],
      TreatMissingData: "notBreaching",
    });
    expect(resources["InfiniticBridgeAbsentAlarm"]?.Properties).toMatchObject({
      Dimensions: [{ Name: "FunctionName", Value: "shop-dev-timers" }],
      TreatMissingData: "breaching",
    });
  });

  test("calls a message old after twice the time that the slowest function may take", () => {
    const threshold = (timeout: number): unknown =>
      stackResources(planOf(withoutBridge(shop({}, { timeout }))))["InfiniticOldestAlarm"]?.Properties;
    expect(threshold(30)).toMatchObject({ Threshold: 900_000 });
    expect(threshold(900)).toMatchObject({ Threshold: 1_800_000 });
  });

  test("has no alarm where none is wanted", () => {
    expect(text(stackResources(planOf(shop({ alarms: false }))))).not.toContain("Alarm");
  });

  test("names the bucket to the functions that have payloads, and no API where another stack has it", () => {
    const service = shop({}, { httpApi: { id: "a1b2" } });
    applyStack(planOf(service), service);
    const withBucket = Object.entries(service.functions).filter(
      ([, { environment }]) => environment?.["INFINITIC_BUCKET"] !== undefined,
    );
    expect(withBucket.map(([key]) => key)).toEqual(["booking", "flights", "api"]);
    expect(service.resources?.extensions).toEqual({});
    expect(service.provider.logRetentionInDays).toBe(30);
  });

  test("gives functions that mostly wait little memory, and all of the system a log of what goes wrong", () => {
    const service = shop();
    applyStack(planOf(service), service);
    const { website, ...ofSystem } = service.functions;
    expect(Object.entries(ofSystem).map(([key, { memorySize }]) => [key, memorySize])).toEqual([
      ["booking", 512],
      ["flights", undefined],
      ["timers", 512],
      ["api", 512],
      ["bridge", 512],
    ]);
    for (const { logs } of Object.values(ofSystem)) {
      expect(logs).toEqual({ logFormat: "JSON", systemLogLevel: "WARN" });
    }
    expect(website).toEqual({ name: "shop-dev-website" });
  });

  test("leaves memory and logs of the user's own", () => {
    const lambda = { logFormat: "Text" };
    const service = shop({}, { memorySize: 256, logs: { lambda } }, { logs: { systemLogLevel: "INFO" } });
    applyStack(planOf(service), service);
    const { booking, flights } = service.functions;
    expect(booking).toMatchObject({ memorySize: 256, logs: lambda });
    expect(flights?.logs).toEqual({ systemLogLevel: "INFO" });
  });

  test("leaves a log retention of the user's own", () => {
    const service = shop({}, { logRetentionInDays: 7 });
    applyStack(planOf(service), service);
    expect(service.provider.logRetentionInDays).toBe(7);
  });
});

describe("what is refused:", () => {
  test("a secret in place of a reference to it, without repeating it", () => {
    const settings = {
      pulsar: { webUrl: "https://pulsar.example.com", token: "eyJhbGciOiJIUzI1NiJ9.e30.x" },
    };
    expect(() => planOf(shop(settings))).toThrow(
      "custom.infinitic.pulsar.token: expected where the secret is, as ssm:/path or secretsmanager:name",
    );
    expect(() => planOf(shop(settings))).not.toThrow("eyJ");
  });

  test("a route of the user's own for the api function", () => {
    const service = shop();
    const { api } = service.functions;
    if (api) api.events = [{ httpApi: "*" }];
    expect(() => planOf(service)).toThrow(
      "function api: expected no httpApi event, as the plugin gives the API its one route, got one",
    );
  });
});

test.each([
  "ssm:/a/b-c_d.e",
  "secretsmanager:shop/pulsar",
  "secretsmanager:arn:aws:secretsmanager:eu-west-1:1:secret:a",
])("%s tells where a secret is", (reference) => {
  expect(secretReference("token", reference)).toBe(reference);
});

test("a route without authoriser is only there where none is asked for", () => {
  expect(catchAll({ kind: "none" })).toEqual({ path: "*" });
  expect(catchAll({ kind: "iam" })).toEqual({ path: "*", authorizer: { type: "aws_iam" } });
});

test("logical ids are the framework's for the same function", () => {
  expect(logicalName("my-first_function")).toBe("MyDashfirstUnderscorefunction");
});
