import { describe, expect, onTestFinished, test, vi } from "vitest";
import InfiniticPlugin from "../../infra/serverless-plugin/index.ts";
import { resolveEnvironment } from "../../infra/serverless-plugin/resolved-environment.ts";
import type { DeployedFunction, Serverless, Settings } from "../../infra/serverless-plugin/serverless.ts";
import { startLambdaApiStub } from "../contract/lambda-api.ts";
import { serviceOf } from "./service-of.ts";

const KEY = { "Fn::GetAtt": ["ValuesKey", "Arn"] };
const SETTINGS: Settings = {
  pulsar: { webUrl: "https://pulsar.example.com", token: "ssm:/shop/token" },
  encryption: { kmsKey: KEY },
  table: "trips",
  listIndex: false,
  slots: 2,
};

const AS = { region: "eu-west-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } };

/** What CloudFormation makes of references. */
const RESOLVED = { InfiniticPayloads: "shop-dev-payloads-1", ValuesKey: "arn:aws:kms:eu-west-1:1:key/k" };

const booking: DeployedFunction = {
  name: "shop-dev-booking",
  environment: { LEVEL: "debug" },
  events: [
    { pulsar: { workflow: "Booking" } },
    { pulsar: { start: "Booking", topic: "orders", id: "order.id" } },
  ],
};

function service(): Serverless["service"] {
  const { provider, ...others } = serviceOf(SETTINGS, {
    booking,
    website: { name: "shop-dev-website", environment: { OWN: { Ref: "Queue" } } },
  });
  return { ...others, provider: { ...provider, environment: { OF_ALL: "1" } } };
}

/** Runs hooks as the framework does. */
async function hooked(
  service: Serverless["service"],
  options: { readonly function?: string },
  ...names: readonly string[]
): Promise<Serverless["service"]["functions"]> {
  const nothing = (): void => undefined;
  const serverless = {
    service,
    classes: { Error },
    configSchemaHandler: {
      defineFunctionEvent: nothing,
      defineCustomProperties: nothing,
      defineFunctionProperties: nothing,
    },
    pluginManager: { plugins: [] },
    getProvider: () => ({ naming: { getStackName: () => "shop-dev" }, getAwsSdkV3Config: async () => AS }),
  } as unknown as Serverless;
  const { hooks } = new InfiniticPlugin(serverless, options, { log: { notice: nothing, warning: nothing } });
  for (const name of names) await hooks[name]?.();
  return service.functions;
}

const described = (name: string): string =>
  `<DescribeStackResourceResponse><DescribeStackResourceResult><StackResourceDetail><PhysicalResourceId>${name}</PhysicalResourceId></StackResourceDetail></DescribeStackResourceResult></DescribeStackResourceResponse>`;

const resolved = (value: unknown): unknown =>
  typeof value === "object" && value !== null
    ? RESOLVED["Ref" in value ? "InfiniticPayloads" : "ValuesKey"]
    : String(value);

/** A function as Lambda has it then: what the framework reads of it, with references resolved. */
function inLambda({ timeout, memorySize, environment }: DeployedFunction, service: Serverless["service"]) {
  const { provider } = service;
  const all = { ...provider.environment, ...environment };
  return {
    timeout: timeout ?? provider.timeout,
    memorySize: memorySize ?? provider.memorySize,
    environment: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, resolved(value)])),
  };
}

describe("EDG-80 `deploy function` gives a function what the deployment of the whole service gives it:", () => {
  test.each(["booking", "flights", "timers", "api", "bridge"])("%s", async (key) => {
    const stack = await startLambdaApiStub((_request, response, body) => {
      const id = new URLSearchParams(body).get("LogicalResourceId") as keyof typeof RESOLVED;
      response.writeHead(200, { "content-type": "text/xml" }).end(described(RESOLVED[id]));
    });
    onTestFinished(() => stack.close());
    vi.stubEnv("AWS_ENDPOINT_URL_CLOUDFORMATION", stack.endpoint);
    onTestFinished(() => void vi.unstubAllEnvs());
    const whole = service();
    const all = await hooked(whole, {}, "initialize", "before:package:setupProviderConfiguration");
    const before = inLambda(all[key] as DeployedFunction, whole);
    expect(before.environment).toHaveProperty("INFINITIC_TABLE", "trips");

    const { provider, ...others } = service();
    const Variables = { INFINITIC_KMS_KEY: RESOLVED.ValuesKey };
    const remoteFunctionData = { Configuration: { Environment: { Variables } } };
    const alone = { ...others, provider: { ...provider, remoteFunctionData } };
    const hooks = ["initialize", "after:deploy:function:initialize"];
    const one = (await hooked(alone, { function: key }, ...hooks))[key] as DeployedFunction;
    expect(Object.values(one.environment ?? {}).filter((value) => typeof value === "object")).toEqual([]);
    expect(inLambda(one, alone)).toEqual(before);
  });

  test("another function is left to the framework", async () => {
    const hooks = ["initialize", "after:deploy:function:initialize"];
    const { website } = await hooked(service(), { function: "website" }, ...hooks);
    expect(website).toEqual({ name: "shop-dev-website", environment: { OWN: { Ref: "Queue" } } });
  });
});

describe("EDG-80 what only CloudFormation resolves", () => {
  const ofStack = async (id: string): Promise<string | undefined> =>
    id === "InfiniticPayloads" ? "shop-dev-payloads-1" : undefined;

  async function resolve(environment: object, deployed: { readonly [name: string]: string }) {
    const one: DeployedFunction = { name: "shop-dev-flights", environment: { ...environment } };
    await resolveEnvironment(one, { key: "flights", ofAll: { OF_ALL: KEY }, deployed, physicalId: ofStack });
    return one.environment;
  }

  test("is what the stack has, and else what the function has, and texts are as they are", async () => {
    const bucket = { Ref: "InfiniticPayloads" };
    expect(
      await resolve({ INFINITIC_BUCKET: bucket, LEVEL: "debug" }, { OF_ALL: "k", LEVEL: "info" }),
    ).toEqual({ OF_ALL: "k", INFINITIC_BUCKET: "shop-dev-payloads-1", LEVEL: "debug" });
  });

  test("is refused where nothing has it yet, with what to do", async () => {
    await expect(resolve({}, {})).rejects.toThrow(
      "function flights: expected the stack to have what environment variable OF_ALL refers to, got none: deploy the whole service first (serverless deploy)",
    );
  });
});
