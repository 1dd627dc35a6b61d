import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { lintTemplate } from "../../infra/package/cfn-lint.ts";
import { canUse } from "../tools.ts";
import { type Ended, packaged, sampleWith, templateIn } from "./sample-service.ts";

/** cfn-lint needs Python; CI never does without. */
const isLinted = await canUse("python");
/** The first time, cfn-lint is installed. */
const TIMEOUT = 400_000;

const CONTAINER = `
    bridge:
      container:
        image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/infinitic-bridge:1.0
        subnets: [subnet-0123456789abcdef0]
        securityGroups: [sg-0123456789abcdef0]
`;

const withSettings = (settings: string) => (yaml: string) =>
  yaml.replace("    retainData: false", `    retainData: false${settings}`);

describe("the sample with its bridge in containers", () => {
  let folder: string;
  let ended: Ended;
  beforeAll(async () => {
    const directory = await sampleWith(withSettings(CONTAINER));
    ended = await packaged(directory);
    folder = join(directory, ".serverless");
  }, TIMEOUT);

  test("is packaged, with a service of ECS in place of the bridge's function, its schedule and its role", async () => {
    expect(ended).toMatchObject({ code: 0 });
    const { Resources } = await templateIn(folder);
    const names = Object.keys(Resources);
    expect(names.filter((name) => name.startsWith("InfiniticBridge"))).toEqual([
      "InfiniticBridgeAbsentAlarm",
      "InfiniticBridgeLogs",
      "InfiniticBridgeExecutionRole",
      "InfiniticBridgeTaskRole",
      "InfiniticBridgeCluster",
      "InfiniticBridgeTask",
      "InfiniticBridgeService",
      "InfiniticBridgeScaling",
      "InfiniticBridgeScalingPolicy",
    ]);
    expect(names.filter((name) => name.startsWith("Bridge"))).toEqual([]);
    const types = Object.values<{ readonly Type: string }>(Resources).map(({ Type }) => Type);
    expect(types).not.toContain("AWS::Events::Rule");
  });

  test("D3: gives the bridge's task a role for the functions that it calls, and for nothing else", async () => {
    const { Resources } = await templateIn(folder);
    const { Policies } = Resources.InfiniticBridgeTaskRole.Properties;
    const called = ["booking", "flights", "hotels", "payments", "timers"];
    const functions = called.map((name) => ({
      "Fn::Sub": `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:booking-dev-${name}`,
    }));
    expect(Policies[0].PolicyDocument.Statement).toEqual([
      { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: functions },
    ]);
  });

  test.skipIf(!isLinted)(
    "D1: has a template in which cfn-lint finds no flaw",
    { timeout: TIMEOUT },
    async () => {
      const template = join(folder, "cloudformation-template-update-stack.json");
      expect(await lintTemplate(template, () => undefined)).toBeUndefined();
    },
  );
});

test("an unknown setting of a container is refused", { timeout: TIMEOUT }, async () => {
  const settings = "\n    bridge: { container: { replicas: 2 } }";
  const { code, said } = await packaged(await sampleWith(withSettings(settings)));
  expect(code).toBe(1);
  expect(said).toContain("unrecognized property 'replicas'");
});
