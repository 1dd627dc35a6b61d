import { expect, test, vi } from "vitest";
import { SHARDS } from "../../lib/adapters/dynamodb/keys.ts";
import { checkOptions, type Route } from "../../lib/bridge/options.ts";
import { MAX_INLINE_BYTES, MAX_META_BYTES, MAX_PAYLOAD_BYTES } from "../../lib/core/values/limits.ts";
import { DEFAULT_RETENTION } from "../../lib/engine/step/retention.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { readMeasurement } from "../costs/measurement.ts";
import { Driver } from "../workflow/driver.ts";
import { readPage } from "./pages.ts";

const KB = 1024;
const MB = 1024 * KB;
const DAY_MS = 86_400_000;
const { endedMs, failedMs, earlyMs } = DEFAULT_RETENTION;

/** A number that a file keeps to itself: `const NAME = 2 * 1_000;`. */
function numberOf(path: string, name: string): number {
  const [, text] = new RegExp(`const ${name} = ([\\d_ *.]+);`).exec(readPage(path)) ?? [];
  if (text === undefined) throw new Error(`expected a number ${name} in ${path}, got none`);
  return text
    .replaceAll("_", "")
    .split("*")
    .reduce((product, factor) => product * Number(factor), 1);
}

const route = checkOptions({
  routes: [{ topic: "t", type: "shared", functionName: "f", timeoutMs: 1 }],
});
const [{ maxAttempts, batchSize, batchBytes, lingerMs, maxConcurrency, maxHeld, maxHeldBytes }] =
  route.routes as [Route];
const prefetch = numberOf("lib/bridge/bridge.ts", "PREFETCH");
const week = numberOf("lib/http/accept.ts", "KNOWN_SECONDS") === 7 * 86_400 ? "a week" : "";
const heard = numberOf("lib/instance/instance.ts", "MAX_HEARD");
const farMs = numberOf("lib/engine/step/entry.ts", "FAR_MS");
const pingMs = numberOf("lib/adapters/pulsar-websocket/connection.ts", "PING_MS");
const reasons = ["LONGEST_REASON", "SHORT_REASON"].map((name) =>
  numberOf("lib/bridge/dead-letters/dead-letter.ts", name).toLocaleString("en"),
);
const times = readPage("lib/bridge/lease/leased-bridge.ts");
const secondsOf = (name: string) => Number(new RegExp(`${name}: (\\d+)_000`).exec(times)?.[1]);
const stored = readMeasurement().counts.workflow;
const warmBytes = numberOf("lib/engine/warm-instances.ts", "MAX_BYTES");

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
  ["client", `A key is known so for ${week};`],
  ["tags", `the last ${heard} messages that the runs before it have heard`],
  ["functions", `services: 1, as an invocation is answered with its slowest task; others: ${batchSize}`],
  ["functions", `most bytes of their JSON | ${batchBytes / MB} MB`],
  ["functions", `goes at once | ${lingerMs} |`],
  ["functions", `most invocations at a time | ${maxConcurrency} |`],
  ["functions", `with the last reason | ${maxAttempts} |`],
  [
    "sizing",
    `\`batchSize\` messages (default: ${batchSize}) of at most \`batchBytes\` (${batchBytes / MB} MB)`,
  ],
  ["sizing", `\`maxConcurrency\` of the event | ${maxConcurrency} |`],
  ["sizing", `invocations of one bridge at once | ${route.maxConcurrency.toLocaleString("en")} |`],
  ["sizing", `| ${maxHeld.toLocaleString("en")}, and ${maxHeldBytes / MB} MB |`],
  ["sizing", `${prefetch} more wait in its connection`],
  ["sizing", `instances that are kept warm take up to ${warmBytes / MB} MB`],
  ["sizing", `Ended instances are kept for ${endedMs / DAY_MS} days, failed ones for ${failedMs / DAY_MS}.`],
  [
    "sizing",
    `beyond ${MAX_INLINE_BYTES / KB} KB | is a payload in S3, of at most ${MAX_PAYLOAD_BYTES / MB} MB`,
  ],
  ["sizing", `at most ${MAX_META_BYTES / KB} KB, and travels with every message`],
  ["sizing", `spread over ${["none", "one", "two", "three", "four"][SHARDS.length]}:`],
  ["broker", `wake-ups within ${farMs / 60_000} minutes are delayed messages`],
  ["broker", pingMs < 300_000 / 2 ? "the bridge sends a ping well before" : `a ping each ${pingMs} ms`],
  ["operations", `could not subscribe within ${secondsOf("connectMs")} seconds`],
  ["operations", secondsOf("leaseMs") === 10 ? "no sign of life for ten seconds" : ""],
  [
    "dead-letters",
    `is cut after ${reasons[0]} characters. Where the broker finds the whole too large, after ${reasons[1]}`,
  ],
  [
    "sizing",
    `about ${Math.floor(stored.unlisted.storedBytes / 100) * 100} bytes, and ${Math.floor((stored.listed.storedBytes - stored.unlisted.storedBytes) / 50) * 50} more for its row in the list`,
  ],
  ["sizing", `compressed from ${numberOf("lib/instance/codec.ts", "MIN_COMPRESSED_BYTES")} bytes on`],
  ["broker", `at most ${(maxHeld + prefetch).toLocaleString("en")} of a topic`],
  [
    "security",
    `at most every ${numberOf("lib/adapters/renewed-token.ts", "LEAST_PAUSE_MS") / 1_000} seconds`,
  ],
  [
    "errors",
    `what the broker takes (about ${numberOf("lib/adapters/message-limit.ts", "MAX_PAYLOAD_BYTES") / 1_000} KB, and ${numberOf("lib/adapters/message-limit.ts", "MAX_FRAME_BYTES") / MB} MiB with key and properties)`,
  ],
  ["errors", `what can be stored at all: ${MAX_PAYLOAD_BYTES / MB} MB of JSON`],
  ["channels", earlyMs === DAY_MS ? "before the instance has started (for up to a day)" : `${earlyMs} ms`],
];

test.each(SENTENCES)("the page %s says what the code has: %s", (page, sentence) => {
  expect(readPage(`docs/${page}.md`)).toContain(sentence);
});

test("an inline task fails after 20 s by default", async () => {
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
