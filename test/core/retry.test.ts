import { describe, expect, test } from "vitest";
import {
  type BackoffOptions,
  exponentialBackoff,
  fixedDelay,
  noRetry,
  type RetryPolicy,
} from "../../lib/core/values/retry.ts";
import { boom } from "./build.ts";

const least = () => 0;
const middle = () => 0.5;
const most = () => 1;
const delays = (policy: RetryPolicy, attempts: readonly number[], random = middle) =>
  attempts.map((attempt) => policy({ attempt, failure: boom }, random));

describe("exponential backoff", () => {
  test("doubles from 1 s to 1,000 s and gives up after 11 retries, unless told", () => {
    expect(delays(exponentialBackoff(), [0, 1, 2, 9, 10, 11, 12])).toEqual([
      1_000,
      2_000,
      4_000,
      512_000,
      1_000_000,
      undefined,
      undefined,
    ]);
  });

  test("varies each delay from half to one and a half times, unless told", () => {
    expect([least, middle, most].map((random) => delays(exponentialBackoff(), [3], random)[0])).toEqual([
      4_000, 8_000, 12_000,
    ]);
    expect(delays(exponentialBackoff({ jitter: 1 }), [0], least)).toEqual([0]);
    expect(delays(exponentialBackoff({ jitter: 0 }), [0], most)).toEqual([1_000]);
  });

  test("does as it is told", () => {
    const policy = exponentialBackoff({
      minDelay: "2s",
      maxDelay: "30s",
      factor: 3,
      jitter: 0,
      maxRetries: 4,
    });
    expect(delays(policy, [0, 1, 2, 3, 4])).toEqual([2_000, 6_000, 18_000, 30_000, undefined]);
    expect(delays(exponentialBackoff({ maxRetries: 0 }), [0])).toEqual([undefined]);
  });

  test("has a longest delay of a thousand times the first, unless told", () => {
    expect(delays(exponentialBackoff({ minDelay: 10, jitter: 0, maxRetries: 100 }), [50])).toEqual([10_000]);
  });

  test("gives a number at any attempt, also without a delay", () => {
    const forever = { maxRetries: 1e9, jitter: 0 };
    expect(delays(exponentialBackoff({ ...forever, minDelay: 0, factor: 1_000 }), [0, 5_000])).toEqual([
      0, 0,
    ]);
    expect(delays(exponentialBackoff({ ...forever, factor: 1_000 }), [5_000])).toEqual([1_000_000]);
  });

  test("does not retry the errors that it is told not to", () => {
    const policy = exponentialBackoff({ nonRetryable: ["TypeError"] });
    expect(policy({ attempt: 0, failure: boom }, middle)).toBeUndefined();
    expect(policy({ attempt: 0, failure: { name: "RangeError", message: "" } }, middle)).toBe(1_000);
  });

  test.each([
    { minDelay: -1 },
    { minDelay: "soon" },
    { maxDelay: -1 },
    { factor: 0.5 },
    { factor: Number.NaN },
    { jitter: 1.1 },
    { jitter: -0.1 },
    { maxRetries: -1 },
    { maxRetries: Number.NaN },
    { retries: 3 },
  ])("refuses %o", (options) => {
    expect(() => exponentialBackoff(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  test.each([
    [{ minDelay: -1 }, "expected minDelay between 0 and 315360000000, got -1"],
    [{ maxDelay: -2 }, "expected maxDelay between 0 and 315360000000, got -2"],
    [{ factor: 0.5 }, "expected factor between 1 and 1000, got 0.5"],
    [{ jitter: 1.1 }, "expected jitter between 0 and 1, got 1.1"],
    [{ maxRetries: Number.NaN }, "expected maxRetries between 0 and 9007199254740991, got NaN"],
    [
      { retries: 3, delay: 1 },
      "expected options minDelay, maxDelay, factor, jitter, maxRetries, nonRetryable, got retries, delay",
    ],
  ])("says of %o what is wrong with it", (options, message) => {
    expect(() => exponentialBackoff(options as BackoffOptions)).toThrow(message);
  });
});

describe("a fixed delay", () => {
  test("is the same at every attempt, eleven times unless told", () => {
    expect(delays(fixedDelay("5s"), [0, 1, 10, 11], most)).toEqual([5_000, 5_000, 5_000, undefined]);
    expect(delays(fixedDelay(20, { maxRetries: 1 }), [0, 1])).toEqual([20, undefined]);
  });

  test("refuses options that it does not know", () => {
    const jitter = { jitter: 1 } as { maxRetries?: number };
    expect(() => fixedDelay("5s", jitter)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

test("noRetry never retries", () => {
  expect(delays(noRetry, [0, 1])).toEqual([undefined, undefined]);
});
