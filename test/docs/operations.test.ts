import { expect, test } from "vitest";
import { readPage } from "./pages.ts";

const page = readPage("docs/operations.md");

/** The first words of a table's rows, without those that say more than a name. */
const named = new Set([...page.matchAll(/^\| `([\w ]+)` \|/gm)].map(([, name]) => name));

test("the page of operations has every alarm", () => {
  const alarms = readPage("infra/serverless-plugin/alarms.ts").matchAll(/\bInfinitic\w+Alarm\b/g);
  const missing = [...alarms].map(([alarm]) => alarm).filter((alarm) => !named.has(alarm));
  expect(missing).toEqual([]);
});

test("the page of operations has every way in which a bridge ends", () => {
  const [, ends = ""] = /type RunEnd = (.+);/.exec(readPage("lib/bridge/lease/leased-bridge.ts")) ?? [];
  const all = [...ends.matchAll(/"(.+?)"/g)].map(([, end]) => end);
  expect(all).toHaveLength(6);
  expect(all.filter((end) => !named.has(end))).toEqual([]);
});
