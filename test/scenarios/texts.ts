import { defineService } from "../../lib/core/contract/definition.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import { serviceOf, type TestService } from "../../lib/testing/test-system.ts";

/** The one-line string tasks that scenarios share. */
export interface Texts {
  concat(a: string, b: string): Promise<string>;
  reverse(text: string): Promise<string>;
  /** Gives the text after some time. */
  later(text: string, afterMs: number): Promise<string>;
  /** Fails, whenever it is tried. */
  fail(message: string): Promise<string>;
}
export const Texts = defineService<Texts>("Texts");

/** What `Texts.fail` throws. */
class NoTextError extends Error {
  override readonly name = "NoTextError";
  readonly language = "en";
}

/** How `Texts.fail("no text")` fails, as whoever awaits it sees it. */
export const failedText = {
  name: "TaskFailedError",
  service: "Texts",
  method: "fail",
  cause: { name: "NoTextError", message: "no text", properties: { language: "en" } },
};

/** Implements the texts; a failed one is not retried. */
export function textsOn(clock: Clock): TestService {
  const texts: Texts = {
    concat: async (a, b) => a + b,
    reverse: async (text) => [...text].reverse().join(""),
    later: async (text, afterMs) => {
      await clock.sleep(afterMs);
      return text;
    },
    fail: async (message) => {
      throw new NoTextError(message);
    },
  };
  return serviceOf(Texts, texts, { retry: noRetry });
}
