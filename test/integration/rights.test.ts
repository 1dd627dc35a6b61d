import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { packaged, sampleWith, templateIn } from "./sample-service.ts";

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: object;
}

const SECRET = "ssm:/booking/pulsar-token";
const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const BUCKET_OBJECTS = { "Fn::Sub": `\${InfiniticPayloads.Arn}/payloads/*` };
const TABLE = here("dynamodb", "table/booking-dev");
const INDEXES = here("dynamodb", "table/booking-dev/index/*");

function here(service: string, resource: string): object {
  return {
    "Fn::Sub": `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`,
  };
}

let template: Awaited<ReturnType<typeof templateIn>>;
let said: string;
let files: readonly string[];

beforeAll(async () => {
  const directory = await sampleWith((yaml) =>
    yaml
      .replace(/(\n +webUrl: .*)/, `$1\n      token: ${SECRET}`)
      .replace("    retainData: false", `    retainData: false\n    encryption: { kmsKey: "${KEY}" }`),
  );
  ({ said } = await packaged(directory));
  template = await templateIn(join(directory, ".serverless"));
  files = await Promise.all(
    ["cloudformation-template-update-stack.json", "cloudformation-template-create-stack.json"].map((name) =>
      readFile(join(directory, ".serverless", name), "utf8"),
    ),
  );
}, 180_000);

function statementsOf(name: string): readonly Statement[] {
  const role = template.Resources[`${name}LambdaFunction`].Properties.Role["Fn::GetAtt"][0];
  return template.Resources[role].Properties.Policies.flatMap(
    ({ PolicyDocument }: { PolicyDocument: { Statement: Statement[] } }) => PolicyDocument.Statement,
  );
}

/** What a function may do besides writing its own logs. */
function rightsOf(name: string): readonly object[] {
  const [logs, ...others] = statementsOf(name);
  const group = `log-group:/aws/lambda/booking-dev-${name.toLowerCase()}:*`;
  expect(logs).toEqual({
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: here("logs", group),
  });
  return others;
}

const allow = (Action: string | readonly string[], Resource: unknown, Condition?: object): object => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});
/** Without it, S3 tells nobody whether a payload is missing or may not be read. */
const LIST_BUCKET = allow("s3:ListBucket", { "Fn::GetAtt": ["InfiniticPayloads", "Arn"] });
/** Of those who read and write users' values: on that key only, for our data keys only. */
const USE_KEY = allow(["kms:GenerateDataKey", "kms:Decrypt"], [KEY], {
  StringEquals: { "kms:EncryptionContext:application": "infinitic-serverless" },
});
const onKeys = (keys: string): object => ({
  "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [keys] },
});

describe("D3: each function has a role of its own, which", () => {
  test.each(["Flights", "Hotels", "Payments"])("lets service function %s get and put payloads", (name) => {
    expect(rightsOf(name)).toEqual([
      allow(["s3:GetObject", "s3:PutObject"], BUCKET_OBJECTS),
      LIST_BUCKET,
      USE_KEY,
    ]);
  });

  test("lets the workflow function use the table and payloads", () => {
    const item = ["GetItem", "Query", "PutItem", "DeleteItem", "BatchWriteItem"];
    expect(rightsOf("Booking")).toEqual([
      allow(
        item.map((it) => `dynamodb:${it}`),
        [TABLE, INDEXES],
      ),
      allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], BUCKET_OBJECTS),
      LIST_BUCKET,
      USE_KEY,
    ]);
  });

  test("lets the timers function use due items and its cursor, and nothing else of the table", () => {
    const item = ["GetItem", "Query", "PutItem", "DeleteItem", "BatchWriteItem"];
    expect(rightsOf("Timers")).toEqual([
      allow(
        item.map((it) => `dynamodb:${it}`),
        TABLE,
        onKeys("d#*"),
      ),
    ]);
  });

  test("lets the api function read the table, put tags, keys and payloads, call workflow functions and the bridge, read the secret", () => {
    expect(rightsOf("Api")).toEqual([
      allow(["dynamodb:GetItem", "dynamodb:Query"], [TABLE, INDEXES]),
      allow(["dynamodb:PutItem", "dynamodb:BatchWriteItem"], TABLE, onKeys("t#*")),
      allow(["dynamodb:PutItem"], TABLE, onKeys("k#*")),
      allow(["s3:GetObject", "s3:PutObject"], BUCKET_OBJECTS),
      LIST_BUCKET,
      allow("lambda:InvokeFunction", [
        here("lambda", "function:booking-dev-booking"),
        here("lambda", "function:booking-dev-bridge"),
      ]),
      allow("ssm:GetParameter", here("ssm", "parameter/booking/pulsar-token")),
      USE_KEY,
    ]);
  });
});

test("D3: the bridge calls the functions it has routes to and itself, keeps its lease, and reads the secret", () => {
  const called = ["booking", "flights", "hotels", "payments", "timers", "bridge"];
  const [lease, invoke, secret, ...others] = rightsOf("Bridge") as Statement[];
  expect(others).toEqual([]);
  expect(lease).toMatchObject({ Resource: TABLE, Condition: onKeys("b#*") });
  expect(invoke?.Action).toBe("lambda:InvokeFunction");
  expect(new Set([invoke?.Resource].flat())).toEqual(
    new Set(called.map((name) => here("lambda", `function:booking-dev-${name}`))),
  );
  expect(secret).toEqual(allow("ssm:GetParameter", here("ssm", "parameter/booking/pulsar-token")));
});

test("D3: no role is shared, and none allows an action on everything", () => {
  const { Resources } = template;
  const ofFunctions = Object.values<{ Type: string; Properties: { Role: object } }>(Resources)
    .filter(({ Type }) => Type === "AWS::Lambda::Function")
    .map(({ Properties }) => JSON.stringify(Properties.Role));
  expect(new Set(ofFunctions).size).toBe(ofFunctions.length);
  expect(Resources.IamRoleLambdaExecution).toBeUndefined();
  for (const name of ["Api", "Booking", "Bridge", "Flights", "Hotels", "Payments", "Timers"]) {
    for (const { Effect, Action, Resource } of statementsOf(name)) {
      expect(Effect).toBe("Allow");
      expect([Action].flat().filter((action) => action.includes("*"))).toEqual([]);
      expect([Resource].flat()).not.toContain("*");
      for (const one of [Resource].flat()) {
        const text = JSON.stringify(one);
        expect(text).toMatch(
          /log-group:|table\/booking-dev|InfiniticPayloads|function:booking-dev-|parameter\/booking|:key\/1234abcd-/,
        );
      }
    }
  }
});

test("D3: the secret is in no template and no environment, only where it is", () => {
  const { Variables } = template.Resources.ApiLambdaFunction.Properties.Environment;
  expect(JSON.parse(Variables.INFINITIC_PULSAR)).toMatchObject({ token: SECRET });
  for (const text of files) {
    // A token is a JWT, a key is PEM: neither is anywhere.
    expect(text).not.toMatch(/eyJ[\w-]{10}|BEGIN [A-Z ]*PRIVATE KEY|resolve:(ssm|secretsmanager)/);
  }
});

test("D3: the key is told to those who use it, and to nobody else", () => {
  const { Resources } = template;
  const told = Object.entries<{ Type: string; Properties: { Environment?: { Variables: object } } }>(
    Resources,
  )
    .filter(([, { Properties }]) => "INFINITIC_KMS_KEY" in (Properties?.Environment?.Variables ?? {}))
    .map(([id]) => id.replace("LambdaFunction", ""));
  expect(new Set(told)).toEqual(new Set(["Api", "Booking", "Flights", "Hotels", "Payments"]));
});

test("D3: the API asks for signed requests on its one route, and is throttled", () => {
  const { Resources } = template;
  const routes = Object.values<{ Type: string; Properties: object }>(Resources).filter(
    ({ Type }) => Type === "AWS::ApiGatewayV2::Route",
  );
  expect(routes).toMatchObject([{ Properties: { RouteKey: "$default", AuthorizationType: "AWS_IAM" } }]);
  expect(Resources.HttpApiStage.Properties.DefaultRouteSettings).toMatchObject({
    ThrottlingRateLimit: 100,
    ThrottlingBurstLimit: 200,
  });
  expect(said).not.toContain("custom.infinitic.auth");
});

test("D3: payloads are encrypted, closed to the public, and reached through TLS only", () => {
  const { InfiniticPayloads, InfiniticPayloadsPolicy } = template.Resources;
  expect(InfiniticPayloads.Properties).toMatchObject({
    BucketEncryption: expect.anything(),
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
  });
  expect(InfiniticPayloadsPolicy.Properties.PolicyDocument.Statement).toMatchObject([
    { Effect: "Deny", Action: "s3:*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
  ]);
});

test("D3: logs are kept for 30 days", () => {
  const groups = Object.values<{ Type: string; Properties: object }>(template.Resources).filter(
    ({ Type }) => Type === "AWS::Logs::LogGroup",
  );
  expect(groups).toHaveLength(7);
  for (const group of groups) expect(group).toMatchObject({ Properties: { RetentionInDays: 30 } });
});

describe("the API is open only to whom it was opened:", () => {
  const withAuth = (auth: string) => (yaml: string) =>
    yaml.replace("    retainData: false", `    retainData: false\n    auth: ${auth}`);

  test("with a JWT authoriser to holders of its tokens", { timeout: 180_000 }, async () => {
    const jwt = "{ jwt: { issuerUrl: 'https://login.example.com', audience: [booking], scopes: [book] } }";
    const directory = await sampleWith(withAuth(jwt));
    await packaged(directory);
    const { Resources } = await templateIn(join(directory, ".serverless"));
    expect(Resources.HttpApiRouteDefault.Properties).toMatchObject({
      AuthorizationType: "JWT",
      AuthorizationScopes: ["book"],
      AuthorizerId: { Ref: "HttpApiAuthorizerInfinitic" },
    });
    expect(Resources.HttpApiAuthorizerInfinitic.Properties).toMatchObject({
      AuthorizerType: "JWT",
      JwtConfiguration: { Issuer: "https://login.example.com", Audience: ["booking"] },
    });
  });

  test("with none to everybody, and a warning says so", { timeout: 180_000 }, async () => {
    const directory = await sampleWith(withAuth("none"));
    const { code, said: warning } = await packaged(directory);
    expect(code).toBe(0);
    expect(warning).toContain("custom.infinitic.auth is none: whoever knows the API's address may call it.");
  });

  test("anything else is refused", { timeout: 180_000 }, async () => {
    const { code, said: refusal } = await packaged(await sampleWith(withAuth("open")));
    expect(code).toBe(1);
    expect(refusal).toContain(
      "custom.infinitic.auth: expected iam, none or { jwt: { issuerUrl, audience } }, got open",
    );
  });
});
