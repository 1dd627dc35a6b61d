import { expect, test, vi } from "vitest";
import { MAX_INLINE_BYTES, MAX_PAYLOAD_BYTES } from "../../lib/core/limits.ts";
import { DEFAULT_RETENTION } from "../../lib/engine/retention.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { Workflow } from "../../lib/workflow/workflow.ts";
import { Driver } from "../workflow/driver.ts";
import { readPage } from "./pages.ts";

const KB = 1024;
const MB = 1024 * KB;
const DAY_MS = 86_400_000;
const { endedMs, failedMs, earlyMs } = DEFAULT_RETENTION;

/** Sentences of pages that give a number, with the number as the code has it. */
const SENTENCES: readonly [page: string, sentence: string][] = [
  [
    "workflows",
    `up to ${MAX_PAYLOAD_BYTES / MB} MB of JSON. Above ${MAX_INLINE_BYTES / KB} KB it is put away`,
  ],
  ["workflows", `readable for ${endedMs / DAY_MS} days after the end`],
  ["workflows", `for ${failedMs / DAY_MS} days.`],
  ["tasks", `its result for ${endedMs / DAY_MS} days`],
  ["errors", `A failed instance can be resumed for ${failedMs / DAY_MS} days.`],
  ["channels", earlyMs === DAY_MS ? "before the instance has started (for up to a day)" : `${earlyMs} ms`],
];

test.each(SENTENCES)("the page %s says what the code has: %s", (page, sentence) => {
  expect(readPage(`docs/${page}.md`)).toContain(sentence);
});

test("an inline task fails after 20 s unless told", async () => {
  class Stuck extends Workflow {
    async run(): Promise<never> {
      return await inline(() => new Promise<never>(() => {}));
    }
  }
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const stuck = new Driver(Stuck);
    await stuck.run("run");
    const ended = stuck.inlines();
    await vi.advanceTimersByTimeAsync(19_999);
    expect(stuck.end()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await ended;
    expect(stuck.end()).toMatchObject({ error: "AttemptTimedOutError" });
  } finally {
    vi.useRealTimers();
  }
});
