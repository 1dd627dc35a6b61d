import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { lintTemplate } from "../../infra/package/cfn-lint.ts";
import { hasPython } from "../../infra/package/python.ts";
import { packaged, sampleWith, templateIn } from "./sample-service.ts";

const TIMEOUT = 400_000;
/** cfn-lint needs Python; CI never does without. */
const isLinted = process.env["CI"] === "true" || (await hasPython());

const PROVIDER = `
  iam:
    role:
      name: crew
      path: /crew/
      tags: { team: crew }
      permissionsBoundary: arn:aws:iam::123456789012:policy/edge
  logs:
    lambda: { logGroup: /crew/all }
  httpApi:
    cors: true
    payload: "1.0"
`;
const FLIGHTS = `
    provisionedConcurrency: 2
    kmsKeyArn: arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    destinations: { onFailure: hotels }
    iamRoleStatements: [{ Effect: Allow, Action: "ses:SendEmail", Resource: "arn:aws:ses:*:*:identity/crew" }]
`;
const RESOURCES = `
resources:
  extensions:
    HttpApiStage:
      Properties:
        DefaultRouteSettings: { ThrottlingRateLimit: 7 }
        StageVariables: { kind: sample }
`;
const SETTINGS = `
    bucket: { existing: crew-values }
    auth: { jwt: { issuerUrl: "https://login.example.com", audience: [crew] } }
`;

describe("EDG-85 EDG-86 EDG-87 settings of the framework are in what it packages:", () => {
  let folder: string;
  let Resources: { readonly [id: string]: { readonly Properties: Record<string, unknown> } };
  const text = (id: string): string => JSON.stringify(Resources[id]);

  beforeAll(async () => {
    const directory = await sampleWith((yaml) =>
      yaml
        .replace("  timeout: 30\n", `  timeout: 30${PROVIDER}`)
        .replace("    retainData: false\n", `    retainData: false${SETTINGS}`)
        .replace("handler: functions/booking/flights.handler\n", `$&${FLIGHTS.slice(1)}`)
        .concat(RESOURCES),
    );
    const { code, said } = await packaged(directory);
    if (code !== 0) throw new Error(said);
    folder = join(directory, ".serverless");
    ({ Resources } = await templateIn(folder));
  }, TIMEOUT);

  test.skipIf(!isLinted)(
    "cfn-lint finds it in order",
    async () => {
      const template = join(folder, "cloudformation-template-update-stack.json");
      expect(await lintTemplate(template, () => undefined)).toBeUndefined();
    },
    TIMEOUT,
  );

  test("each role has path, tags, boundary and name", () => {
    expect(Resources["FlightsLambdaRole"]?.Properties).toMatchObject({
      RoleName: "crew-flights",
      Path: "/crew/",
      Tags: [{ Key: "team", Value: "crew" }],
      PermissionsBoundary: "arn:aws:iam::123456789012:policy/edge",
    });
    expect(text("FlightsLambdaRole")).toContain("log-group:/crew/all:*");
    expect(text("FlightsLambdaRole")).toContain("kms:Decrypt");
    expect(text("FlightsLambdaRole")).toContain("ses:SendEmail");
    expect(text("FlightsLambdaRole")).toContain(":function:booking-dev-hotels");
  });

  test("the bridge invokes the alias that is paid for, and may", () => {
    expect(text("BridgeLambdaFunction")).toContain("booking-dev-flights:provisioned");
    expect(text("BridgeLambdaRole")).toContain("function:booking-dev-flights:provisioned");
    expect(Resources["FlightsProvConcLambdaAlias"]?.Properties).toMatchObject({ Name: "provisioned" });
  });

  test("a page may ask first without a token, and send what the API reads", () => {
    expect(Resources["HttpApiRouteOptionsProxyVar"]?.Properties).toMatchObject({
      RouteKey: "OPTIONS /{proxy+}",
    });
    expect(text("HttpApiRouteOptionsProxyVar")).not.toContain("Authoriz");
    expect(Resources["HttpApiRouteDefault"]?.Properties).toMatchObject({ AuthorizationType: "JWT" });
    expect(Resources["HttpApi"]?.Properties).toMatchObject({
      CorsConfiguration: {
        AllowHeaders: expect.arrayContaining(["Authorization", "Idempotency-Key", "Prefer"]),
        AllowMethods: expect.arrayContaining(["POST", "GET", "OPTIONS"]),
        ExposeHeaders: expect.arrayContaining(["Location", "Retry-After"]),
      },
    });
    expect(Resources["HttpApiIntegrationApi"]?.Properties).toMatchObject({ PayloadFormatVersion: "2.0" });
  });

  test("an extension of the stage leaves its limits", () => {
    expect(Resources["HttpApiStage"]?.Properties).toMatchObject({
      StageVariables: { kind: "sample" },
      DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 200 },
    });
  });

  test("a bucket that there is already is not made", () => {
    expect(Resources).not.toHaveProperty("InfiniticPayloads");
    expect(text("FlightsLambdaFunction")).toContain('"INFINITIC_BUCKET":"crew-values"');
  });
});

test("EDG-87 a service without a bridge is refused, without a stack", { timeout: TIMEOUT }, async () => {
  const directory = await sampleWith((yaml) =>
    yaml.replace("  bridge:\n    handler: functions/bridge.handler\n", ""),
  );
  const { code, said } = await packaged(directory);
  expect(code).toBe(1);
  expect(said).toContain("custom.infinitic.bridge: expected a function bridge, { container } or");
  expect(said).not.toMatch(/^\s+at /m);
});
