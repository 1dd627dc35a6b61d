import { expect, test } from "tstyche";
import type { Deferred } from "../../lib/runtime/deferred.ts";
import { getWorkflowById, getWorkflowByTag, newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { OrderFlow, type Receipt, type Word } from "./order.ts";

declare const orderId: Deferred<string>;
const child = newWorkflow(OrderFlow, { id: "order-1" });
const instance = getWorkflowById(OrderFlow, "order-1");
const tagged = getWorkflowByTag(OrderFlow, "vip");

test("a child has the workflow's methods, each giving a Deferred", async () => {
  expect(child.run).type.toBe<(orderId: string) => Deferred<Receipt>>();
  expect(child.hurry).type.toBe<() => Deferred<void>>();
  expect(await child.run("order-1")).type.toBe<Receipt>();
});

test("a child has neither channels nor queries", () => {
  // @ts-expect-error Property 'words' does not exist on type 'ChildStub<OrderFlow>'.
  child.words;
  // @ts-expect-error Property 'phase' does not exist on type 'ChildStub<OrderFlow>'.
  child.phase;
});

test("an instance has methods, and channels to send to", () => {
  expect(instance.run).type.toBe<(orderId: string) => Deferred<Receipt>>();
  expect(instance.words.send).type.toBe<(signal: Word) => void>();
  // @ts-expect-error Type '"maybe"' is not assignable to type '"yes" | "no"'.
  instance.words.send({ kind: "maybe" });
  // @ts-expect-error Property 'receive' does not exist
  instance.words.receive();
});

test("a Deferred as an argument does not compile: it is to be awaited first", () => {
  // @ts-expect-error Argument of type 'Deferred<string>' is not assignable to parameter of type 'string'.
  child.run(orderId);
  // @ts-expect-error Argument of type 'Deferred<string>' is not assignable to parameter of type 'string'.
  instance.run(orderId);
});

test("ERR-24 what is called by tag gives nothing to wait for", async () => {
  expect(tagged.run).type.toBe<(orderId: string) => void>();
  expect(tagged.words.send).type.toBe<(signal: Word) => void>();
  // @ts-expect-error Property 'then' does not exist on type 'void'.
  tagged.run("order-1").then;
  // @ts-expect-error Property 'id' does not exist on type 'void'.
  (await tagged.run("order-1")).id;
  // @ts-expect-error Type 'void' is not assignable to type 'Receipt'.
  const receipt: Receipt = await tagged.run("order-1");
  expect(receipt).type.toBe<Receipt>();
});
