import { expect, test } from "tstyche";
import { defineService, defineWorkflow, type ServiceDefinition } from "../../lib/core/contract/definition.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Query } from "../../lib/runtime/query.ts";

interface Payload {
  readonly text: string;
  readonly note?: string | undefined;
  readonly anything: unknown;
  readonly nested: readonly { readonly numbers: [number, ...number[]] }[];
  readonly byName: Record<string, Payload>;
}

type Brand = string & { readonly brand: "id" };

interface Fine {
  anything(value: unknown, more?: Payload): Promise<Payload | null>;
  branded(id: Brand, kind: "a" | "b"): Promise<readonly Brand[]>;
  rest(...texts: readonly string[]): void;
  object(value: object): Promise<void>;
}

test("interfaces of JSON values are taken as they are", () => {
  expect(defineService<Fine>("Fine")).type.toBe<ServiceDefinition<Fine>>();
  expect(
    defineWorkflow<Fine & { words: Channel<Payload>; phase: Query<() => Payload> }>,
  ).type.toBeCallableWith("Fine");
});

test("what cannot be JSON is refused with a sentence", () => {
  interface Dates {
    book(day: Date): Promise<void>;
  }
  // @ts-expect-error expected arguments of book to be JSON values, got a Date: send its ISO string
  defineService<Dates>("Dates");

  interface Numbers {
    count(): Promise<bigint>;
  }
  // @ts-expect-error expected a result of count to be JSON values, got a bigint
  defineService<Numbers>("Numbers");

  interface Callbacks {
    run(order: { readonly done: () => void }): Promise<void>;
  }
  // @ts-expect-error expected arguments of run to be JSON values, got a function
  defineWorkflow<Callbacks>("Callbacks");

  class Money {
    readonly cents = 1;
    plus(): Money {
      return this;
    }
  }
  interface Classes {
    pay(): Promise<{ readonly paid: readonly Money[] }>;
  }
  // @ts-expect-error expected a result of pay to be JSON values, got a function
  defineService<Classes>("Classes");

  interface Collections {
    list(): Promise<Map<string, number>>;
  }
  // @ts-expect-error expected a result of list to be JSON values, got a Map: send its entries
  defineService<Collections>("Collections");

  interface Signals {
    run(): Promise<void>;
    words: Channel<Set<string>>;
  }
  // @ts-expect-error expected signals of words to be JSON values, got a Set: send an array
  defineWorkflow<Signals>("Signals");

  interface Queries {
    phase: Query<() => symbol>;
  }
  // @ts-expect-error expected a result of phase to be JSON values, got a symbol
  defineWorkflow<Queries>("Queries");
});
