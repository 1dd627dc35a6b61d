import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { EngineFunction } from "../engine/engine-function.ts";

interface Drawer {
  hold(text: string): Promise<string>;
}
const Drawer = defineWorkflow<Drawer>("Drawer");

class DrawerV1 extends Workflow implements Drawer {
  async hold(text: string) {
    return text;
  }
}

const KEY = { workflow: Drawer.name, workflowId: "42" };
/** So much that history is shed into a chunk. */
const SECRET = randomBytes(3_000).toString("base64");

/** The token of an instance's item and the nonces of its chunks, of the same message each time. */
async function hashes(salt?: () => string): Promise<readonly (string | undefined)[]> {
  const clock = new ManualClock();
  const stores = { ...memoryStores({ clock }), salt };
  const engine = new EngineFunction({ workflow: workflowOf(Drawer, DrawerV1), clock, stores });
  const at = clock.now();
  await engine.invoke([
    { kind: "start", format: MESSAGE_FORMAT, id: "r1", at, ...KEY, method: "hold", args: [SECRET] },
  ]);
  const { item } = await stores.stateStore.load(KEY);
  const { chunks } = await stores.stateStore.loadChunks(KEY, "r1");
  expect(chunks).toHaveLength(1);
  return [item?.v, ...chunks.map(({ nonce }) => nonce)];
}

test("tokens and nonces are hashes of what they name: whoever guesses it, can tell", async () => {
  expect(await hashes()).toEqual(await hashes());
});

test("with salt, nobody can", async () => {
  const salt = (): string => randomBytes(16).toString("base64url");
  const [first, second] = [await hashes(salt), await hashes(salt)];
  for (const [index, hash] of first.entries()) expect(hash).not.toBe(second[index]);
});
