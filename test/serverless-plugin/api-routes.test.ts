import { describe, expect, test } from "vitest";
import { applyRoute, applyStack } from "../../infra/serverless-plugin/apply.ts";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import type { Provider, Settings } from "../../infra/serverless-plugin/serverless.ts";
import { serviceOf } from "./service-of.ts";

const PULSAR = { webUrl: "https://pulsar.example.com" };
const jwt = { issuerUrl: "https://login.example.com", audience: ["shop"] };

function packaged(httpApi: Provider["httpApi"], settings: Partial<Settings> = {}, resources: object = {}) {
  const { provider: before, ...others } = serviceOf({ pulsar: PULSAR, ...settings });
  const service = { ...others, provider: { ...before, ...(httpApi && { httpApi }) }, resources };
  const plan = planOf(service);
  applyRoute(plan, service);
  applyStack(plan, service);
  return service;
}

const routesOf = ({ functions }: ReturnType<typeof packaged>): readonly unknown[] =>
  (functions["api"]?.events ?? []).map(({ httpApi }) => httpApi);

describe("EDG-85 where pages of browsers may call the API,", () => {
  test.each<[string, NonNullable<Settings["auth"]>, object]>([
    ["iam", "iam", { type: "aws_iam" }],
    ["jwt", { jwt }, { name: "infinitic" }],
  ])("what they ask first needs no %s, and everything else does", (_, auth, authorizer) => {
    expect(routesOf(packaged({ cors: true }, { auth }))).toEqual([
      { path: "*", authorizer },
      { method: "OPTIONS", path: "/{proxy+}" },
    ]);
  });

  test("there is no route of its own for it where everybody is let in, or where no page may call", () => {
    expect(routesOf(packaged({ cors: true }, { auth: "none" }))).toEqual([{ path: "*" }]);
    expect(routesOf(packaged(undefined))).toEqual([{ path: "*", authorizer: { type: "aws_iam" } }]);
    expect(routesOf(packaged({ cors: false }))).toHaveLength(1);
  });

  test("they may send and see all headers that calls of the API have", () => {
    expect(packaged({ cors: true }).provider.httpApi?.cors).toEqual({
      allowedHeaders: expect.arrayContaining(["Content-Type", "Authorization", "Idempotency-Key", "Prefer"]),
      exposedResponseHeaders: ["Location", "Preference-Applied", "Retry-After"],
    });
  });

  test("what the user says of them stays", () => {
    const given = {
      allowedOrigins: ["https://shop.example.com"],
      allowedHeaders: ["X-Shop", "prefer"],
      exposedResponseHeaders: ["X-Shop"],
      allowCredentials: true,
    };
    expect(packaged({ cors: given }).provider.httpApi?.cors).toEqual({
      ...given,
      allowedHeaders: [
        "X-Shop",
        "prefer",
        "Idempotency-Key",
        "Infinitic-Headers",
        "Traceparent",
        "X-Amz-Content-Sha256",
      ],
      exposedResponseHeaders: ["X-Shop", "Location", "Preference-Applied", "Retry-After"],
    });
    expect(packaged({ cors: { allowedHeaders: ["*"] } }).provider.httpApi?.cors).toMatchObject({
      allowedHeaders: ["*"],
    });
  });
});

describe("EDG-87 of the framework's HTTP API", () => {
  test("the older format of events is for other functions: the API has the one that it reads", () => {
    const { functions, provider } = packaged({ payload: "1.0" });
    expect(functions["api"]?.httpApi).toEqual({ payload: "2.0" });
    expect(provider.httpApi?.payload).toBe("1.0");
    expect(packaged({}).functions["api"]).not.toHaveProperty("httpApi");
  });

  test("an extension of the stage leaves the limits, or changes the one that it names", () => {
    const extended = (Properties: object) => {
      const extensions = { HttpApiStage: { Properties }, Other: { DeletionPolicy: "Retain" } };
      return packaged(undefined, {}, { extensions }).resources as object;
    };
    const limits = { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200, DetailedMetricsEnabled: false };
    expect(extended({ AccessLogSettings: { Format: "x" } })).toMatchObject({
      extensions: {
        HttpApiStage: { Properties: { AccessLogSettings: { Format: "x" }, DefaultRouteSettings: limits } },
        Other: { DeletionPolicy: "Retain" },
      },
    });
    const DefaultRouteSettings = { ThrottlingRateLimit: 7 };
    expect(extended({ DefaultRouteSettings })).toMatchObject({
      extensions: {
        HttpApiStage: { Properties: { DefaultRouteSettings: { ...limits, ThrottlingRateLimit: 7 } } },
      },
    });
  });

  test("a resource of the stack that is described again is that resource, changed", () => {
    const Resources = { InfiniticTable: { Properties: { TableClass: "STANDARD_INFREQUENT_ACCESS" } } };
    expect(packaged(undefined, {}, { Resources }).resources).toMatchObject({
      Resources: {
        InfiniticTable: {
          Type: "AWS::DynamoDB::Table",
          Properties: { TableName: "shop-dev", TableClass: "STANDARD_INFREQUENT_ACCESS" },
        },
      },
    });
  });
});
