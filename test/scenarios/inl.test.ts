import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Query } from "../../lib/runtime/query.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { inline } from "../../lib/workflow/inline.ts";
import { query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { scenariosWith } from "./scenario.ts";
import { Texts } from "./texts.ts";

interface Inlines {
  value(): Promise<string>;
  once(): Promise<string>;
  file(): Promise<string>;
  fails(): Promise<string>;
  dispatches(): Promise<string>;
  calls(): Promise<string>;
  readonly drawn: Query<() => string>;
}
const Inlines = defineWorkflow<Inlines>("Inlines");

/** How often the function of the inline task of `once` was called. */
let calls = 0;

class InlinesV1 extends Workflow implements Inlines {
  #texts = newService(Texts);
  #drawn = "";
  readonly drawn = query(() => this.#drawn);

  async value(): Promise<string> {
    const product = await inline(() => 2 * 7);
    return `2 * 7 = ${product}`;
  }

  async once(): Promise<string> {
    this.#drawn = await inline(() => {
      calls++;
      return crypto.randomUUID();
    });
    for (let count = 0; count < 3; count++) await this.#texts.concat("a", "b");
    return this.#drawn;
  }

  async file(): Promise<string> {
    return inline(async () => sha256(await readFile(import.meta.filename)));
  }

  async fails(): Promise<string> {
    try {
      return await inline(() => {
        throw new RangeError("out of range");
      });
    } catch (error) {
      return String(error);
    }
  }

  async dispatches(): Promise<string> {
    return nameOfError(inline(() => this.#texts.concat("a", "b").id));
  }

  async calls(): Promise<string> {
    return nameOfError(inline(async () => await this.#texts.concat("a", "b")));
  }
}

async function nameOfError(outcome: PromiseLike<unknown>): Promise<string> {
  try {
    await outcome;
    return "none";
  } catch (error) {
    return error instanceof Error ? error.name : "unknown";
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const scenario = scenariosWith({ workflows: [workflowOf(Inlines, InlinesV1)] });

scenario("INL-01 the value of an inline task is used", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Inlines).value())).toBe("2 * 7 = 14");
});

scenario(
  "INL-02 an inline task gives one value, and is not called again by replays",
  async ({ client, until }) => {
    calls = 0;
    const drawn = await until(client.newWorkflow(Inlines, { id: "i" }).once());
    for (let replays = 0; replays < 3; replays++) {
      expect(await client.getWorkflowById(Inlines, "i").query.drawn()).toBe(drawn); // replays the instance
    }
    expect(calls).toBe(1);
  },
);

scenario("INL-03 an async inline task does I/O", async ({ client, until }) => {
  const hash = sha256(await readFile(import.meta.filename));
  expect(await until(client.newWorkflow(Inlines).file())).toBe(hash);
});

scenario("INL-04 an inline task that fails throws where it is awaited", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Inlines).fails())).toBe("RangeError: out of range");
});

scenario("INL-05 dispatching a task inside an inline task fails", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Inlines).dispatches())).toBe("InvalidInlineError");
});

scenario("INL-06 so does calling it synchronously", async ({ client, until }) => {
  expect(await until(client.newWorkflow(Inlines).calls())).toBe("InvalidInlineError");
});
