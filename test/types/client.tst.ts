import { expect, test } from "tstyche";
import type { InfiniticClient } from "../../lib/client/client.ts";
import type { MethodHandle } from "../../lib/client/method-handle.ts";
import { OrderFlow, Payments, type Receipt, type Word } from "./order.ts";

declare const client: InfiniticClient;
const flow = client.newWorkflow(OrderFlow);
const instance = client.getWorkflowById(OrderFlow, "order-1");

test("a new workflow's methods run, or are dispatched", async () => {
  expect(flow.run).type.toBe<(orderId: string) => Promise<Receipt>>();
  expect(flow.dispatch.run).type.toBe<(orderId: string) => Promise<MethodHandle<Receipt>>>();
  expect(await (await flow.dispatch.run("order-1")).result()).type.toBe<Receipt>();
});

test("an instance has methods, channels and queries", async () => {
  expect(instance.run).type.toBe<(orderId: string) => Promise<Receipt>>();
  expect(instance.words.send).type.toBe<(signal: Word) => Promise<void>>();
  expect(instance.query.phase).type.toBe<(prefix: string) => Promise<string>>();
});

test("an unknown method, channel or query does not compile", () => {
  // @ts-expect-error Property 'rnu' does not exist on type
  flow.rnu("order-1");
  // @ts-expect-error Property 'words' does not exist on type
  flow.words;
  // @ts-expect-error Property 'word' does not exist on type
  instance.word;
  // @ts-expect-error Property 'run' does not exist on type 'AskQueries<OrderFlow>'.
  instance.query.run;
});

test("wrong arguments and signals do not compile", () => {
  // @ts-expect-error Argument of type 'number' is not assignable to parameter of type 'string'.
  flow.run(42);
  // @ts-expect-error Expected 1 arguments, but got 0.
  flow.dispatch.run();
  // @ts-expect-error Type '"maybe"' is not assignable to type '"yes" | "no"'.
  instance.words.send({ kind: "maybe" });
  // @ts-expect-error Argument of type 'boolean' is not assignable to parameter of type 'string'.
  instance.query.phase(true);
});

test("what is done by tag has no value to wait for", async () => {
  const tagged = client.getWorkflowByTag(OrderFlow, "vip");
  expect(tagged.run).type.toBe<(orderId: string) => Promise<void>>();
  expect(tagged.dispatch.run).type.toBe<(orderId: string) => Promise<void>>();
  expect(tagged.words.send).type.toBe<(signal: Word) => Promise<void>>();
  // @ts-expect-error Property 'result' does not exist on type 'WorkflowByTag<OrderFlow>'.
  tagged.result;
  // @ts-expect-error Property 'total' does not exist on type 'void'.
  (await tagged.run("order-1")).total;
});

test("a service's methods run as tasks, or are dispatched", async () => {
  const payments = client.newService(Payments);
  expect(await payments.charge("order-1", 990)).type.toBe<Receipt>();
  expect(await (await payments.dispatch.charge("order-1", 990)).result()).type.toBe<Receipt>();
  // @ts-expect-error Expected 2 arguments, but got 1.
  payments.charge("order-1");
  // @ts-expect-error Property 'chrage' does not exist on type
  payments.chrage("order-1", 990);
});

test("a service is not a workflow", () => {
  // @ts-expect-error Argument of type 'ServiceDefinition<Payments>' is not assignable to parameter of type 'WorkflowDefinition<
  client.newWorkflow(Payments);
});
