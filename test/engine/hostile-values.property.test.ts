import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Json } from "../../lib/core/values/json.ts";
import { noRetry } from "../../lib/core/values/retry.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Query } from "../../lib/runtime/query.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { serviceOf, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { HOSTILE, hostileValue, nested } from "../fuzz/hostile.ts";
import { runs } from "../fuzz/runs.ts";

interface Echo {
  echo(value: Json): Promise<Json>;
  /** Gives something that is no JSON. */
  strange(name: string): Promise<unknown>;
}
const Echo = defineService<Echo>("Echo");

interface Post {
  /** Passes a value on by every way there is. */
  pass(value: Json): Promise<readonly Json[]>;
  child(value: Json): Promise<Json>;
  strange(name: string): Promise<unknown>;
  readonly letters: Channel<Json>;
  readonly last: Query<(value?: Json) => Json>;
}
const Post = defineWorkflow<Post>("Post");

class PostV1 extends Workflow implements Post {
  readonly letters = channel<Json>();
  readonly #echo = newService(Echo);
  #last: Json = null;
  readonly last = query((value: Json = this.#last) => value);

  async pass(value: Json): Promise<readonly Json[]> {
    this.#last = value;
    return [
      value,
      await this.#echo.echo(value),
      await newWorkflow(Post).child(value),
      await inline(() => value),
      await this.letters.receive(),
    ];
  }
  async child(value: Json): Promise<Json> {
    return value;
  }
  async strange(name: string): Promise<unknown> {
    return this.#echo.strange(name);
  }
}

const circular: { self?: unknown } = {};
circular.self = circular;
const STRANGE: { readonly [name: string]: () => unknown } = {
  "a number that is none": () => Number.NaN,
  "an infinite number": () => [Infinity],
  "a big integer": () => 10n ** 30n,
  "a symbol": () => ({ a: Symbol("s") }),
  "a function": () => ({ a: () => 1 }),
  "itself in itself": () => circular,
  "a nest of a hundred thousand": () => nested(100_000),
  "a getter that throws": () => ({
    get a() {
      throw new RangeError("no");
    },
  }),
  "a toJSON that throws": () => ({
    toJSON() {
      throw new RangeError("no");
    },
  }),
  "a proxy that throws": () =>
    new Proxy(
      {},
      {
        ownKeys() {
          throw new RangeError("no");
        },
      },
    ),
  "a promise that never comes inside": () => ({ a: new Promise(() => undefined) }),
  "a map": () => new Map([["a", 1]]),
};

const system = await new TestSystem({
  workflows: [workflowOf(Post, PostV1)],
  services: [
    serviceOf(
      Echo,
      { echo: async (value) => value, strange: async (name) => STRANGE[name]?.() },
      { retry: noRetry },
    ),
  ],
}).start();
afterAll(() => system.close());

/** Values within the API's own limit of nesting. */
const isShallow = (value: unknown): boolean => !JSON.stringify(value)?.includes("[".repeat(190));

test("a value arrives as it is, whatever it looks like: by task, child, inline, signal and query", async () => {
  const values = hostileValue.filter(isShallow).map((value) => JSON.parse(JSON.stringify(value)) as Json);
  const property = fc.asyncProperty(values, async (value) => {
    const post = await system.client.newWorkflow(Post).dispatch.pass(value);
    const instance = system.client.getWorkflowById(Post, post.workflowId);
    await instance.letters.send(value);
    expect(await system.until(post.result())).toEqual([value, value, value, value, value]);
    expect(await instance.query.last()).toEqual(value);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
  const examples = HOSTILE.filter(isShallow).map((value): [Json] => [JSON.parse(JSON.stringify(value))]);
  await fc.assert(property, { seed: 7, numRuns: runs(100), examples });
  expect(system.healthIssues).toEqual([]);
});

test.each(Object.keys(STRANGE))(
  "a task that returns %s fails or gives what JSON makes of it",
  async (name) => {
    const outcome = await system.until(
      system.client
        .newWorkflow(Post)
        .strange(name)
        .then(
          (value) => ({ value }),
          (error: { name: string; cause?: { name: string } }) => ({
            error: error.name,
            cause: error.cause?.name,
          }),
        ),
    );
    if ("error" in outcome)
      expect(outcome).toEqual({ error: "WorkflowFailedError", cause: "TaskFailedError" });
    expect(await system.until(system.client.newWorkflow(Post).child("goes on"))).toBe("goes on");
    expect(system.healthIssues).toEqual([]);
  },
);

test.each([
  ["numbers that no number can be", '{"method":"child","args":[1e999]}'],
  ["a nest of two hundred and more", `{"method":"child","args":${JSON.stringify(nested(250))}}`],
  ["a nest of fifty thousand", `{"method":"child","args":${"[".repeat(50_000)}${"]".repeat(50_000)}}`],
])("%s are refused at the door", async (_what, body) => {
  const response = await system.fetch("http://test/workflows/Post", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
    400,
    expect.stringMatching(/^INVALID_/),
  ]);
});
