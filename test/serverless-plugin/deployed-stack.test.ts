import { expect, test } from "vitest";
import { type DeployedStack, differences } from "../../infra/emulator/deployed-stack.ts";

const STACK: DeployedStack = {
  status: "UPDATE_COMPLETE",
  outputs: { Url: "https://a" },
  resources: {
    Table: { type: "AWS::DynamoDB::Table", physicalId: "shop-dev" },
    Role: { type: "AWS::IAM::Role", physicalId: "role-1" },
  },
  template: "{}",
};

test("a stack does not differ from itself", () => {
  expect(differences(STACK, { ...STACK })).toEqual([]);
});

test("what was replaced, removed or added differs, and so do template and outputs", () => {
  const { Table } = STACK.resources;
  const after: DeployedStack = {
    ...STACK,
    outputs: { Url: "https://b" },
    resources: {
      ...(Table && { Table: { ...Table, physicalId: "shop-dev-2" } }),
      Queue: { type: "AWS::SQS::Queue", physicalId: "queue-1" },
    },
    template: "{ }",
  };
  expect(differences(STACK, after)).toEqual([
    "Table: was shop-dev, is shop-dev-2",
    "Role: was role-1, is nothing",
    "Queue: was nothing, is queue-1",
    "the template",
    "the outputs",
  ]);
});
