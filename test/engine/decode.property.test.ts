import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeEngineMessage, decodeTaskMessage } from "../../lib/core/protocol/decode.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import { garbled, mutated } from "../fuzz/hostile.ts";
import { runs } from "../fuzz/runs.ts";

const RECORDED = join(import.meta.dirname, "../recorded");
const payloads = readdirSync(RECORDED)
  .filter((name) => name.endsWith(".json"))
  .flatMap((name): string[] => {
    const { messages } = JSON.parse(readFileSync(join(RECORDED, name), "utf8")) as {
      messages: { payload: string }[];
    };
    return messages.map(({ payload }) => payload);
  });

const recorded = fc.constantFrom(...payloads);
const anything = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => new TextDecoder().decode(bytes)),
  fc.json(),
  garbled(recorded),
  {
    weight: 4,
    arbitrary: mutated(recorded.map((payload) => JSON.parse(payload))).map((it) => JSON.stringify(it)),
  },
);

const WORKFLOWS = [...new Set(payloads.map((payload) => JSON.parse(payload).workflow ?? "none"))];
const SERVICES = [...new Set(payloads.map((payload) => JSON.parse(payload).service ?? "none"))];
const CODES = ["MESSAGE_UNDECODABLE", "MESSAGE_MISROUTED", "MESSAGE_FORMAT_TOO_NEW"];

/** Decodes, or gives the code of the error; whatever else is thrown goes through. */
function outcomeOf(decode: () => { readonly kind: string }): string {
  try {
    return decode().kind;
  } catch (error) {
    if (error instanceof InfiniticError) return error.code;
    throw error;
  }
}

test("whatever comes is a message or an error with a code", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(anything, fc.constantFrom(...SERVICES), (payload, service) => {
      const kind = outcomeOf(() => decodeEngineMessage(payload, WORKFLOWS));
      const task = outcomeOf(() => decodeTaskMessage(payload, service));
      for (const outcome of [kind, task]) {
        if (outcome === outcome.toUpperCase()) expect(CODES).toContain(outcome);
        seen.add(outcome);
      }
    }),
    { seed: 4, numRuns: runs(2_000) },
  );
  expect([...seen]).toEqual(expect.arrayContaining([...CODES, "execute-task", "task-completed"]));
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test.each([[""], ["x".repeat(129)]])("a tag that no store has a key for is refused", (tag) => {
  const head = { format: 1, id: "r", at: 0, workflow: "Journey", workflowId: "one" };
  const start = { ...head, kind: "start", method: "run", args: [], tags: ["vip", tag] };
  const byTag = { ...head, kind: "by-tag", tag, operation: { kind: "cancel" } };
  for (const message of [start, byTag]) {
    const outcome = outcomeOf(() => decodeEngineMessage(JSON.stringify(message), ["Journey"]));
    expect(outcome).toBe("MESSAGE_UNDECODABLE");
  }
});
