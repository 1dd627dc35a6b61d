import { expect, test } from "tstyche";
import { serviceFunction } from "../../lib/lambda/service-function.ts";
import { workflowFunction } from "../../lib/lambda/workflow-function.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { query } from "../../lib/workflow/query.ts";
import { OrderFlow, Payments, type Receipt, type Word } from "./order.ts";

const receipt: Receipt = { id: "r-1", cents: 100 };
const whole = { charge: async () => receipt, refund: async () => {}, log: async () => {} };

class Whole extends Workflow implements OrderFlow {
  readonly words = channel<Word>();
  readonly phase = query((prefix: string) => prefix);
  async run(): Promise<Receipt> {
    return receipt;
  }
  async hurry(): Promise<void> {}
}

test("a service function takes an implementation that has every method", () => {
  expect(serviceFunction).type.toBeCallableWith(Payments, whole);
  const { log, ...lacking } = whole;
  // @ts-expect-error Property 'log' is missing in type
  serviceFunction(Payments, lacking);
});

test("a service function refuses other arguments and results than the interface has", () => {
  const ofText = { ...whole, charge: async () => "r-1" };
  // @ts-expect-error Type 'Promise<string>' is not assignable to type 'Promise<Receipt>'.
  serviceFunction(Payments, ofText);
  const ofNumbers = { ...whole, charge: async (_orderId: number) => receipt };
  // @ts-expect-error Types of parameters '_orderId' and 'orderId' are incompatible.
  serviceFunction(Payments, ofNumbers);
});

test("a workflow function takes classes that have every method, channel and query", () => {
  expect(workflowFunction).type.toBeCallableWith(OrderFlow, Whole, Whole);
  class WithoutMethod extends Workflow {
    readonly words = channel<Word>();
    readonly phase = query((prefix: string) => prefix);
    run = async (): Promise<Receipt> => receipt;
  }
  // @ts-expect-error Property 'hurry' is missing in type 'WithoutMethod'
  workflowFunction(OrderFlow, WithoutMethod);
  class OtherChannel extends Whole {
    // @ts-expect-error Property 'words' in type 'OtherChannel' is not assignable to the same property in base type 'Whole'.
    override readonly words = channel<boolean>();
  }
  expect(OtherChannel).type.not.toBeAssignableTo<typeof Whole>();
});

test("a workflow's class is one that extends Workflow, or another workflow's method is missing", () => {
  class Other extends Workflow {}
  // @ts-expect-error is not assignable to parameter of type 'WorkflowClass<OrderFlow>'
  workflowFunction(OrderFlow, Other);
});
