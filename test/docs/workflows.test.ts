import { expect, test } from "vitest";
import {
  Basket,
  BasketV1,
  Diary,
  DiaryV1,
  Dice,
  DiceV1,
  handler,
  Press,
  PressV1,
  Stock,
  shopping,
} from "../../docs/examples/workflows.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithMachineClock } from "./systems.ts";

const { client } = await systemWithMachineClock({
  workflows: [workflowOf(Basket, BasketV1), workflowOf(Diary, DiaryV1), workflowOf(Dice, DiceV1)],
  services: [serviceOf(Stock, { reserve: async (_item, count) => count * 150 })],
});

test("a basket: several methods of one instance share its properties, and a query reads them", async () => {
  const { total, items } = await shopping(client);
  expect(total).toBeGreaterThanOrEqual(300);
  expect(items[0]).toBe("2 × pen");
  const { seal } = (await client.getWorkflowById(Basket, "basket-7").result()) as { seal: string };
  expect(seal).toMatch(/^[0-9a-f]{64}$/);
  expect(handler).toBeTypeOf("function");
});

test("a method runs another one of its own instance beside itself", async () => {
  expect(await client.newWorkflow(Diary).run()).toBe("first, second");
});

test("methods wait for properties, and for each other", async () => {
  const services = [serviceOf(Stock, { reserve: async () => 1 })];
  const system = await new TestSystem({ workflows: [workflowOf(Press, PressV1)], services }).start();
  const full = await system.client.newWorkflow(Press).dispatch.run(2);
  const press = system.client.getWorkflowById(Press, full.workflowId);
  await Promise.all(["one", "two"].map((page) => system.until(press.print(page))));
  expect(await system.until(full.result())).toBe("done");
  expect(await system.until(system.client.newWorkflow(Press).run(1))).toBe("0 after an hour");
  await system.close();
});

test("date, chance and ids come from history: a replay gives the same", async () => {
  const { at, rolled, id } = await client.newWorkflow(Dice).run();
  expect(new Date(at).toISOString()).toBe(at);
  expect([1, 2, 3, 4, 5, 6]).toContain(rolled);
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
});

test("fetch in workflow code fails, and says what to use instead", async () => {
  await expect(client.newWorkflow(Dice).foreign()).rejects.toMatchObject({
    cause: { name: "NotDeterministicError", message: expect.stringContaining("a task, or inline()") },
  });
});
