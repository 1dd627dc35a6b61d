import { expect, test } from "tstyche";
import type { Deferred } from "../../lib/runtime/deferred.ts";
import type { DeferredStatus } from "../../lib/runtime/method-run.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { timer } from "../../lib/workflow/timer.ts";

declare const text: Deferred<string>;
declare const count: Deferred<number>;

test("awaiting a Deferred gives its value", async () => {
  expect(await text).type.toBe<string>();
  expect(text.then((value) => value.length)).type.toBe<Promise<number>>();
  expect(await timer("8h")).type.toBe<Date>();
  expect(await inline(() => 1)).type.toBe<number>();
  expect(await inline(async () => "done")).type.toBe<string>();
});

test("a Deferred says how it stands", () => {
  expect(text.status()).type.toBe<DeferredStatus>();
  expect(text.id).type.toBe<string>();
});

test("the statics of Promise give the types that they give of promises", async () => {
  expect(await Promise.all([text, count])).type.toBe<[string, number]>();
  expect(await Promise.all([text, text].map((each) => each))).type.toBe<string[]>();
  expect(await Promise.race([text, count])).type.toBe<string | number>();
  expect(await Promise.any([text, count])).type.toBe<string | number>();
  expect(await Promise.allSettled([text, count])).type.toBe<
    [PromiseSettledResult<string>, PromiseSettledResult<number>]
  >();
  expect(await Promise.race([Promise.all([text, count]), timer("1h")])).type.toBe<[string, number] | Date>();
});

test("a Deferred is not its value", () => {
  expect(text).type.not.toBeAssignableTo<string>();
  // @ts-expect-error Property 'length' does not exist on type 'Deferred<string>'.
  text.length;
});
