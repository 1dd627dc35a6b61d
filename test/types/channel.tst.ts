import { expect, test } from "tstyche";
import type { Channel } from "../../lib/runtime/channel.ts";
import { channel } from "../../lib/workflow/channel.ts";
import type { Word } from "./order.ts";

type Yes = Extract<Word, { readonly kind: "yes" }>;

declare const words: Channel<Word>;
const isYes = (word: Word): word is Yes => word.kind === "yes";

test("a receive gives the channel's signals", async () => {
  expect(channel<Word>()).type.toBe<Channel<Word>>();
  expect(await words.receive()).type.toBe<Word>();
  expect(await words.receive({ where: (word) => word.kind.length > 2, limit: 2 })).type.toBe<Word>();
});

test("a type guard narrows the received type", async () => {
  expect(await words.receive({ where: isYes })).type.toBe<Yes>();
  expect(await words.receive({ where: isYes, limit: 1 })).type.toBe<Yes>();
  expect(await words.receive({ where: (word) => word.kind === "yes" })).type.toBe<Yes>();
  expect(
    await words.receive({ where: (word): word is Yes => isYes(word) && word.by !== "" }),
  ).type.toBe<Yes>();
});

test("for await gives each signal", async () => {
  for await (const word of words) expect(word).type.toBe<Word>();
  for await (const yes of words.receive({ where: isYes })) expect(yes).type.toBe<Yes>();
});

test("a filter of something else than the signals does not compile", () => {
  // @ts-expect-error No overload matches this call.
  words.receive({ where: (word: string) => word === "yes" });
});
