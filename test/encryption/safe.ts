import { randomBytes } from "node:crypto";
import { Cipher } from "../../lib/adapters/encryption/cipher.ts";
import { EncryptingBroker } from "../../lib/adapters/encryption/encrypting-broker.ts";
import { MemoryDataKeys } from "../../lib/adapters/memory/data-keys.ts";
import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { encryptedHandler } from "../../lib/lambda/encrypted-handler.ts";
import { encryptedStores } from "../../lib/lambda/encrypted-stores.ts";
import type { DataKeys } from "../../lib/ports/data-keys.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { NonRetryableError } from "../../lib/service/non-retryable-error.ts";
import { serviceOf, type TestParts, TestSystem } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { newWorkflow } from "../../lib/workflow/workflow-stub.ts";

/** What nobody but functions and callers may see. */
export const SECRET = "xyzzy-4711-plugh";

interface Copier {
  copy(text: string): Promise<string>;
  refuse(text: string): Promise<never>;
}
const Copier = defineService<Copier>("Copier");

interface Safe {
  keep(text: string, pause: string): Promise<string>;
  readonly notes: Channel<string>;
}
export const Safe = defineWorkflow<Safe>("Safe");

interface Drawer {
  hold(text: string): Promise<string>;
}
const Drawer = defineWorkflow<Drawer>("Drawer");

class DrawerV1 extends Workflow implements Drawer {
  async hold(text: string) {
    return `held ${text}`;
  }
}

/** Sends its text in every way there is: tasks, failures, a child, a signal, a long value, more history than an item takes. */
class SafeV1 extends Workflow implements Safe {
  readonly notes = channel<string>();
  private readonly copier = newService(Copier, { meta: { note: SECRET } });

  async keep(text: string, pause: string) {
    const seen: string[] = [];
    for (let n = 0; n < 8; n++) seen.push(await this.copier.copy(`${text} ${n}`));
    try {
      await this.copier.refuse(text);
    } catch (error) {
      seen.push(String((error as Error).cause));
    }
    seen.push(await newWorkflow(Drawer).hold(text));
    seen.push(await this.notes.receive());
    await timer(pause);
    const long = await this.copier.copy(`${text} `.repeat(20_000));
    return `${seen.length} ${long.length} ${seen.every((one) => one.includes(text))}`;
  }
}

/** Where values of this kind go in the clear: the broker and the stores behind what encrypts. */
export type ClearParts = Omit<TestParts, "salt">;

/** The system of {@link Safe}; with keys, everything in it encrypts, each function with a cipher of its own. */
export function safeSystem(parts: ClearParts, dataKeys?: DataKeys): TestSystem {
  const cipher = (): Cipher =>
    new Cipher({ dataKeys: dataKeys ?? new MemoryDataKeys({ text: "" }), clock: systemClock });
  const { broker } = parts;
  const encrypted = (): TestParts => ({
    ...encryptedStores(parts, cipher()),
    broker: new EncryptingBroker({ broker, cipher: cipher() }),
  });
  return new TestSystem({
    workflows: [workflowOf(Safe, SafeV1), workflowOf(Drawer, DrawerV1)],
    services: [
      serviceOf(Copier, {
        // Noise, of which no compression makes little.
        copy: async (text) => (text.length > 1_000 ? text : `${text} ${randomBytes(200).toString("hex")}`),
        refuse: async (text) => {
          throw new NonRetryableError(`refused ${text}`);
        },
      }),
    ],
    ...(dataKeys
      ? {
          parts: encrypted(),
          // As it is deployed: what only passes messages on has no key.
          wrap: (name: string, handler: Handler) =>
            name === "timers" ? handler : (encryptedHandler(handler as never, cipher()) as Handler),
        }
      : { parts }),
  });
}

/** Plays an instance to its end. */
export async function play(system: TestSystem, pause: string): Promise<string> {
  const flow = await system.client.newWorkflow(Safe, { meta: { note: SECRET } }).dispatch.keep(SECRET, pause);
  await system.client.getWorkflowById(Safe, flow.workflowId).notes.send(`a note: ${SECRET}`);
  return system.until(flow.result());
}
