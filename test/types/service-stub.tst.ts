import { expect, test } from "tstyche";
import type { Deferred } from "../../lib/runtime/deferred.ts";
import { newService, type ServiceStub } from "../../lib/workflow/service-stub.ts";
import { Payments, type Receipt } from "./order.ts";

const payments = newService(Payments);
declare const orderId: Deferred<string>;
declare const receipt: Deferred<Receipt>;

test("a stub has the methods of the interface, each giving a Deferred", () => {
  expect(payments).type.toBe<ServiceStub<Payments>>();
  expect(payments.charge).type.toBe<(orderId: string, cents: number) => Deferred<Receipt>>();
  expect(payments.refund).type.toBe<(receipt: Receipt, reason?: string) => Deferred<void>>();
});

test("an unknown method does not compile", () => {
  // @ts-expect-error Property 'chrage' does not exist on type 'ServiceStub<Payments>'. Did you mean 'charge'?
  payments.chrage("order-1", 100);
});

test("wrong arguments do not compile", () => {
  // @ts-expect-error Argument of type 'string' is not assignable to parameter of type 'number'
  payments.charge("order-1", "100");
  // @ts-expect-error Expected 2 arguments, but got 1
  payments.charge("order-1");
  expect(payments.refund).type.toBeCallableWith({ id: "r-1", cents: 100 });
});

test("a Deferred as an argument does not compile: it is to be awaited first", () => {
  // @ts-expect-error Argument of type 'Deferred<string>' is not assignable to parameter of type 'string'
  payments.charge(orderId, 100);
  // @ts-expect-error Type 'Deferred<number>' is not assignable to type 'number'
  payments.refund({ id: "r-1", cents: {} as Deferred<number> });
  // @ts-expect-error is not assignable to parameter of type 'Receipt'
  payments.refund(receipt);
});

test("a Deferred where anything is taken does not compile either", () => {
  expect(payments.log).type.toBeCallableWith({ text: "paid" });
  payments.log("paid");
  // @ts-expect-error expected a value, got a Deferred: await it first
  payments.log(receipt);
  // @ts-expect-error expected a value, got a Deferred: await it first
  payments.log({ receipt });
  // @ts-expect-error expected a value, got a Deferred: await it first
  payments.log([{ receipts: [receipt] }]);
});
