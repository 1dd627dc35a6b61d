import { describe, expect, test } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { deadLetterTopic, taskExecutorTopic, workflowEngineTopic } from "../../lib/core/protocol/topics.ts";
import {
  checkName,
  checkWorkflowId,
  childId,
  customWorkflowId,
  isId,
  isName,
  parseTaskId,
  scopedId,
  TASK_WORKFLOW,
} from "../../lib/core/values/ids.ts";
import { checkTag } from "../../lib/core/values/tags.ts";
import { key } from "./build.ts";

describe("a name of a workflow or a service", () => {
  test.each(["A", "z9", "Order-Flow_2", `A${"x".repeat(63)}`])("may be %s", (name) => {
    expect(isName(name)).toBe(true);
    expect(checkName("service", name)).toBe(name);
    expect([defineService(name), defineWorkflow(name)]).toMatchObject([
      { kind: "service", name },
      { kind: "workflow", name },
    ]);
  });

  test.each(["", "9z", "_a", "-a", "a b", "a:b", "a/b", "ä", "a\n", `A${"x".repeat(64)}`])(
    "may not be %o",
    (name) => {
      expect(isName(name)).toBe(false);
      const refusal = expect.objectContaining({
        code: "INVALID_DEFINITION",
        message: expect.stringContaining(JSON.stringify(name)),
      });
      expect(() => defineService(name)).toThrow(refusal);
      expect(() => defineWorkflow(name)).toThrow(refusal);
    },
  );
});

test("a name is refused for what it should name, and may not be that of the built-in workflow", () => {
  expect(() => defineService("9z")).toThrow("expected a service name of 1 to 64 letters");
  expect(() => defineWorkflow("9z")).toThrow("expected a workflow name of 1 to 64 letters");
  expect(isName(TASK_WORKFLOW)).toBe(true);
  expect(() => defineWorkflow(TASK_WORKFLOW)).toThrow(`got "${TASK_WORKFLOW}"`);
});

test.each(["a", "any text: ünïcödé", "x".repeat(128)])("a tag may be %s", (tag) => {
  expect(checkTag(tag)).toBe(tag);
});

test.each<unknown>(["", "x".repeat(129), 7, null, ["vip"]])("a tag may not be %j", (tag) => {
  expect(() => checkTag(tag as string)).toThrow(
    expect.objectContaining({
      code: "INVALID_OPTION",
      message: `expected a tag of 1 to 128 characters, got ${JSON.stringify(tag)}`,
    }),
  );
});

test.each<[string, boolean]>([
  ["a", true],
  ["0", true],
  ["order.42~x@y-z_", true],
  ["x".repeat(128), true],
  ["x".repeat(129), false],
  ["", false],
  ["a:b", false],
  ["a/b", false],
  ["a\n", false],
  ["é", false],
])("an id may be %o: %s", (id, may) => {
  expect(isId(id)).toBe(may);
});

test("a task id names its run and its command, and is read back", () => {
  const taskId = scopedId(key, "0.3");
  expect(taskId).toBe("Trip:t-1:r1:0.3");
  expect(parseTaskId(taskId)).toEqual({ ...key, command: "0.3" });
});

test.each(["", "Trip", "Trip:t-1:r1", "Trip:t-1:r1:", ":t-1:r1:0.3", "Trip::r1:0.3", "Trip:t-1:r1:0.3:1"])(
  "%o is no task id",
  (text) => {
    expect(parseTaskId(text)).toBeUndefined();
  },
);

test("a child's id is a fixed function of its parent's run and the command, and may be a workflow id", () => {
  expect(childId(key, "0.3")).toBe(childId({ ...key }, "0.3"));
  expect(isId(childId(key, "0.3"))).toBe(true);
  const others = [
    childId(key, "0.4"),
    childId({ ...key, run: "r2" }, "0.3"),
    childId({ ...key, workflowId: "t-2" }, "0.3"),
  ];
  expect(new Set([childId(key, "0.3"), ...others]).size).toBe(4);
});

test("the id of a custom id is a fixed function of it and its workflow, and may be a workflow id", () => {
  const id = customWorkflowId("Trip", "any text: ünïcödé");
  expect(id).toBe(customWorkflowId("Trip", "any text: ünïcödé"));
  expect(isId(id)).toBe(true);
  expect(
    new Set([id, customWorkflowId("Trip", "other"), customWorkflowId("Tour", "any text: ünïcödé")]).size,
  ).toBe(3);
});

test("topics are named for whom they serve", () => {
  expect(workflowEngineTopic("Trip")).toBe("workflow-engine:Trip");
  expect(taskExecutorTopic("Flights")).toBe("task-executor:Flights");
  expect(deadLetterTopic("delayed")).toBe("dlq:delayed");
});

describe("a workflow id that somebody chooses", () => {
  test.each(["order-42", "a@b.example", "x".repeat(128), "by-tags"])("may be %s", (id) => {
    expect(checkWorkflowId(id)).toBe(id);
  });

  test.each(["", "a b", "a:b", "x".repeat(129), ".", "..", "by-tag"])("may not be %j", (id) => {
    const refusal = expect.objectContaining({ code: "INVALID_OPTION" });
    expect(() => checkWorkflowId(id)).toThrow(refusal);
  });
});
