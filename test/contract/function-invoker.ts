import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FunctionInvoker, InvokeOutcome } from "../../lib/ports/function-invoker.ts";

/** An invoker whose functions are those of `fixtures/functions/handlers.mjs`. */
export interface FunctionInvokerSubject {
  readonly invoker: FunctionInvoker;
  stop(): Promise<void>;
}

/** What a platform cannot tell apart, with the reason; the stub of Lambda's API covers it. */
export interface FunctionInvokerGaps {
  readonly concurrencyLimit?: string;
  readonly errorType?: string;
  readonly answerLimit?: string;
}

/** Above anything that a slow machine needs; only an outcome that never comes takes this long. */
const PATIENCE_MS = 60_000;

/** Specifies {@link FunctionInvoker} for one adapter. */
export function functionInvokerContract(
  name: string,
  start: () => Promise<FunctionInvokerSubject>,
  gaps: FunctionInvokerGaps = {},
): void {
  describe(`function invoker: ${name}`, () => {
    let subject: FunctionInvokerSubject;
    beforeAll(async () => {
      subject = await start();
    }, PATIENCE_MS);
    afterAll(() => subject.stop());

    const invoke = (functionName: string, event: unknown, timeoutMs = PATIENCE_MS): Promise<InvokeOutcome> =>
      subject.invoker.invoke(functionName, JSON.stringify(event), { timeoutMs });
    const answered = (value: unknown): InvokeOutcome => ({
      kind: "answered",
      payload: JSON.stringify(value),
    });

    test("answers with what the function returned", async () => {
      const event = { text: "hi", list: [1, 2.5, null, true], nested: { empty: {} } };
      expect(await invoke("echo", event)).toEqual(answered(event));
    });

    test("answers null when the function returned nothing", async () => {
      expect(await invoke("nothing", {})).toEqual(answered(null));
    });

    test("keeps every character", async () => {
      const event = { text: '“žluťoučký” 🦆 \u2028 \0 \\ " \n 漢字' };
      expect(await invoke("echo", event)).toEqual(answered(event));
    });

    test("gives the function its name, a request id and the time left", async () => {
      const outcome = await invoke("context", {});
      expect(outcome).toEqual(answered({ functionName: "context", hasRequestId: true, hasTime: true }));
    });

    test("tells a function that threw, with its message", async () => {
      const outcome = await invoke("failing", { message: "no such flight: “Ž”" });
      expect(outcome).toMatchObject({ kind: "died", message: "no such flight: “Ž”" });
    });

    if (gaps.errorType === undefined) {
      test("tells the type of what was thrown", async () => {
        expect(await invoke("failing", { message: "m" })).toMatchObject({ errorType: "TypeError" });
        expect(await invoke("throwingText", {})).toMatchObject({ kind: "died", message: "just text" });
      });
    }

    test("tells a function that exceeded its own timeout as one that died", async () => {
      const outcome = await invoke("stuck", {});
      expect(outcome).toMatchObject({ kind: "died", message: expect.stringMatching(/time(d )?out/i) });
    });

    test("stops waiting at the request timeout, and ignores the late answer", async () => {
      const id = randomUUID();
      expect(await invoke("held", { id }, 300)).toEqual({ kind: "timed-out" });
      expect(await invoke("release", { id })).toEqual(answered("released"));
      expect(await invoke("echo", { after: id })).toEqual(answered({ after: id }));
    });

    if (gaps.concurrencyLimit === undefined) {
      test("tells a concurrency limit, and takes calls again once there is room", async () => {
        const [first, second] = [randomUUID(), randomUUID()];
        const calls = [invoke("single", { id: first }), invoke("single", { id: second })];
        const indexed = calls.map(async (call, index) => ({ index, outcome: await call }));
        const { index, outcome } = await Promise.race(indexed);
        expect(outcome).toEqual({ kind: "throttled" });
        const held = index === 0 ? second : first;
        expect(await invoke("release", { id: held })).toEqual(answered("released"));
        expect(await calls[1 - index]).toEqual(answered(`late answer of ${held}`));
        expect(await invoke("single", { id: held })).toEqual(answered(`late answer of ${held}`));
      });
    }

    test("refuses a request above 6 MiB", async () => {
      expect(await invoke("echo", "ž".repeat(3 * 1024 * 1024))).toEqual({ kind: "too-large" });
    });

    test("carries a request just under 6 MiB", async () => {
      expect(await invoke("nothing", "x".repeat(6 * 1024 * 1024 - 2))).toEqual(answered(null));
    });

    if (gaps.answerLimit === undefined) {
      test("tells an answer above 6 MiB as a death", async () => {
        const outcome = await invoke("long", { length: 6 * 1024 * 1024 });
        expect(outcome).toMatchObject({ kind: "died", errorType: "Function.ResponseSizeTooLarge" });
      });
    }

    test("tells an unknown function", async () => {
      const outcome = await invoke("missing", {});
      expect(outcome).toMatchObject({ kind: "misconfigured", message: expect.stringContaining("missing") });
    });

    test("calls a hundred at once, each with its own answer", async () => {
      const numbers = Array.from({ length: 100 }, (_, number) => number);
      const outcomes = await Promise.all(numbers.map((number) => invoke("echo", { number })));
      expect(outcomes).toEqual(numbers.map((number) => answered({ number })));
    });
  });
}
