import { createRequire } from "node:module";
import { beforeAll, describe, expect, test } from "vitest";
import { checkDeployable } from "../../infra/serverless-plugin/deployable.ts";
import {
  FUNCTION_EVENTS,
  FUNCTION_SETTINGS,
  HTTP_API_SETTINGS,
  PROVIDER_SETTINGS,
  ROLE_SETTINGS,
} from "../../infra/serverless-plugin/framework-settings.ts";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import type { DeployedFunction, Provider, Settings } from "../../infra/serverless-plugin/serverless.ts";
import { serviceOf } from "./service-of.ts";

/** What is used of a JSON schema here. */
interface Schema {
  readonly properties: { readonly [name: string]: Schema };
  readonly patternProperties: { readonly [pattern: string]: Schema };
  readonly items: Schema;
  readonly anyOf: readonly Schema[];
}

const PULSAR = { webUrl: "https://pulsar.example.com" };
const sorted = (keys: object): readonly string[] => Object.keys(keys).toSorted();

describe("EDG-86 what becomes of a setting is said of each that the framework knows:", () => {
  let schema: Schema;
  beforeAll(async () => {
    const Framework = createRequire(import.meta.url)("serverless/lib/serverless.js");
    const configuration = { service: "shop", provider: { name: "aws" } };
    const command = { commands: ["package"], options: {}, serviceDir: import.meta.dirname };
    const framework = new Framework({ ...command, configurationFilename: "serverless.yml", configuration });
    await framework.init();
    schema = framework.configSchemaHandler.schema;
  });
  const provider = (): Schema["properties"] => schema.properties["provider"]?.properties ?? {};
  const ofFunction = (): Schema["properties"] =>
    Object.values(schema.properties["functions"]?.patternProperties ?? {})[0]?.properties ?? {};

  test("of provider", () => {
    expect(sorted(PROVIDER_SETTINGS)).toEqual(sorted(provider()));
  });

  test("of provider.iam.role, and of provider.httpApi", () => {
    const [, role] = provider()["iam"]?.properties["role"]?.anyOf ?? [];
    expect(sorted(ROLE_SETTINGS)).toEqual(sorted(role?.properties ?? {}));
    expect(sorted(HTTP_API_SETTINGS)).toEqual(sorted(provider()["httpApi"]?.properties ?? {}));
  });

  test("of a function", () => {
    const { iamRoleStatements: _, ...others } = FUNCTION_SETTINGS;
    expect(sorted(others)).toEqual(sorted(ofFunction()));
  });

  test("of its events", () => {
    const { pulsar: _, ...others } = FUNCTION_EVENTS;
    const events = ofFunction()["events"]?.items.anyOf.map(({ properties }) =>
      Object.keys(properties).at(-1),
    );
    expect(sorted(others)).toEqual(events?.filter((name) => name !== "__schemaWorkaround__").toSorted());
  });
});

function check(
  own: { readonly [key: string]: object },
  provider: Partial<Provider> = {},
  settings: Partial<Settings> = {},
): () => void {
  const { functions, ...service } = serviceOf({ pulsar: PULSAR, ...settings });
  const changed = Object.entries(functions).map(([key, deployed]) => [key, { ...deployed, ...own[key] }]);
  const whole = {
    ...service,
    provider: { ...service.provider, ...provider },
    functions: Object.fromEntries(changed) as { [key: string]: DeployedFunction },
  };
  return () => checkDeployable(planOf(whole), whole);
}

describe("EDG-86 EDG-87 is refused with a sentence, where it would be deployed and not do what it says:", () => {
  test.each<[string, { readonly [key: string]: object }, string]>([
    [
      "a condition",
      { flights: { condition: "IsProd" } },
      "function flights: expected no condition: the bridge has a route",
    ],
    [
      "a durable function",
      { flights: { durableConfig: { executionTimeout: 60 } } },
      "expected no durableConfig",
    ],
    ["SnapStart", { flights: { snapStart: true } }, "expected no snapStart, which Node.js does not have"],
    [
      "a bridge without a log",
      { bridge: { disableLogs: true } },
      "function bridge: expected a log: what alarms",
    ],
    [
      "sandboxes kept ready for a bridge",
      { bridge: { provisionedConcurrency: 1 } },
      "function bridge: expected no provisioned concurrency",
    ],
    [
      "an address of a service",
      { flights: { url: true } },
      "function flights: expected no address of its own",
    ],
    [
      "an open address of an API that lets not everybody in",
      { api: { url: true } },
      "function api: expected an address with authorizer: aws_iam",
    ],
    [
      "the older format for the API",
      { api: { httpApi: { payload: "1.0" } } },
      "function api: expected events of format 2.0, which the API reads",
    ],
    [
      "a REST API before the API",
      { api: { events: [{ http: "GET /" }] } },
      "function api: expected no such event: the API answers API Gateway's HTTP API only; got http",
    ],
    [
      "an event whose rights the framework gives to its own role",
      { flights: { events: [{ pulsar: { service: "Flights" } }, { kafka: {} }] } },
      "function flights: expected no such event, as the framework gives its rights to its own role only: take a function outside of the system, or give this one a role; got kafka",
    ],
  ])("%s", (_, functions, message) => {
    expect(check(functions)).toThrow(message);
  });

  test("but not where it is switched off, or where the function has a role of the user's", () => {
    expect(check({ flights: { snapStart: false, url: false }, api: { disableLogs: true } })).not.toThrow();
    const events = [{ pulsar: { service: "Flights" } }, { kafka: {} }];
    expect(check({ flights: { role: "arn:aws:iam::1:role/mine", events } })).not.toThrow();
    expect(check({ api: { url: { authorizer: "aws_iam" } } })).not.toThrow();
    expect(check({ api: { url: true } }, {}, { auth: "none" })).not.toThrow();
  });

  test("no bridge at all, with the ways to have one", () => {
    const { functions, ...service } = serviceOf({ pulsar: PULSAR });
    const { bridge: _, ...others } = functions;
    const without = (bridge?: Settings["bridge"]) => {
      const whole = {
        ...service,
        functions: others,
        custom: { infinitic: { pulsar: PULSAR, ...(bridge && { bridge }) } },
      };
      return () => checkDeployable(planOf(whole), whole);
    };
    expect(without()).toThrow(
      "custom.infinitic.bridge: expected a function bridge, { container } or, where one runs elsewhere, { external: true }: without one nothing carries messages; got none",
    );
    expect(without({ external: true })).not.toThrow();
    const container = { image: "bridge", subnets: ["a"], securityGroups: ["b"] };
    expect(without({ container })).not.toThrow();
  });

  test("what only its own stack can set of an API of another stack", () => {
    const foreign = { httpApi: { id: "a1b2" } };
    const jwt = { issuerUrl: "https://login.example.com", audience: ["shop"] };
    expect(check({}, foreign, { auth: { jwt } })).toThrow("which has its authorizers itself; got jwt");
    expect(check({}, foreign, { throttling: { rate: 5 } })).toThrow("which has its limits itself");
    expect(check({}, foreign)).not.toThrow();
  });
});
