import { expect, test } from "vitest";
import { MemoryDataKeys } from "../../lib/adapters/memory/data-keys.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { DataKeys } from "../../lib/ports/data-keys.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { isIn } from "./look.ts";
import { type ClearParts, play, Safe, SECRET, safeSystem } from "./safe.ts";

/** Parts in memory, and everything that they are given to keep. */
function parts(): { readonly parts: ClearParts; readonly written: readonly unknown[] } {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const written: unknown[] = [];
  const seen = <T extends object>(subject: T): T =>
    new Proxy(subject, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: readonly unknown[]) => {
          written.push(name, ...args);
          return value.apply(target, args);
        };
      },
    });
  const stores = memoryStores({ clock });
  const spied = Object.entries({ ...stores, broker }).map(([name, part]) => [name, seen(part)]);
  return { parts: { ...Object.fromEntries(spied), instanceList: stores.instanceList, clock }, written };
}

const keys = (text = "any"): MemoryDataKeys => new MemoryDataKeys({ text });

test("with keys, nothing that a workflow or a service says is written in the clear", async () => {
  const { parts: given, written } = parts();
  const system = await safeSystem(given, keys()).start();
  expect(await play(system, "20m")).toBe("11 340000 true");
  expect(system.healthIssues).toEqual([]);
  expect(written.filter((one) => isIn(SECRET, one))).toEqual([]);
  for (const kept of ["putChunk", "commit", "put", "publish"]) expect(written).toContain(kept);
  await system.close();
});

test("without, all of it is: the same look finds it in every place", async () => {
  const { parts: given, written } = parts();
  const system = await safeSystem(given).start();
  expect(await play(system, "20m")).toBe("11 340000 true");
  const places = new Set<unknown>();
  let place: unknown;
  for (const one of written) {
    if (typeof one === "string" && /^[a-z][A-Za-z]+$/.test(one)) place = one;
    if (isIn(SECRET, one)) places.add(place);
  }
  expect(places).toEqual(new Set(["publish", "commit", "putChunk", "put"]));
  await system.close();
});

test("an instance that began in the clear goes on encrypted", async () => {
  const { parts: given } = parts();
  const before = await safeSystem(given).start();
  const flow = await before.client.newWorkflow(Safe).dispatch.keep(SECRET, "20m");
  await given.clock.sleep(0);
  await before.until(before.bridge.close());
  const after = await safeSystem(given, keys()).start();
  await after.client.getWorkflowById(Safe, flow.workflowId).notes.send(SECRET);
  const again = after.client.getWorkflowById(Safe, flow.workflowId);
  expect(await after.until(again.result())).toBe("11 340000 true");
  await after.close();
});

test("without its key nothing is lost: all waits, and goes on when the key is there again", async () => {
  const { parts: given } = parts();
  let isDenied = false;
  const working = keys();
  const guard = <T>(work: () => Promise<T>): Promise<T> =>
    isDenied ? Promise.reject(new InfiniticError("ENCRYPTION_KEY_UNAVAILABLE", "denied")) : work();
  const dataKeys: DataKeys = {
    generate: () => guard(() => working.generate()),
    unwrap: (wrapped) => guard(() => working.unwrap(wrapped)),
  };
  const first = await safeSystem(given, dataKeys).start();
  const flow = await first.client.newWorkflow(Safe).dispatch.keep(SECRET, "20m");
  await first.until(first.bridge.close());
  isDenied = true;
  const second = await safeSystem(given, dataKeys).start(); // no cipher of it has a key yet
  const early = second.client.getWorkflowById(Safe, flow.workflowId).notes.send(SECRET);
  await expect(second.until(early)).rejects.toMatchObject({ code: "ENCRYPTION_KEY_UNAVAILABLE" });
  await expect
    .poll(() => second.healthIssues.map(({ message }) => message))
    .toContain("ENCRYPTION_KEY_UNAVAILABLE: denied");
  isDenied = false;
  await second.client.getWorkflowById(Safe, flow.workflowId).notes.send(SECRET);
  const again = second.client.getWorkflowById(Safe, flow.workflowId);
  expect(await second.until(again.result())).toBe("11 340000 true");
  await second.close();
});

test("switched off again, what is encrypted waits, and goes on when the key is back", async () => {
  const { parts: given } = parts();
  const first = await safeSystem(given, keys()).start();
  const flow = await first.client.newWorkflow(Safe).dispatch.keep(SECRET, "20m");
  await first.until(given.clock.sleep(1_000)); // it has begun
  await first.until(first.bridge.close());
  const second = await safeSystem(given).start();
  await second.client.getWorkflowById(Safe, flow.workflowId).notes.send(SECRET);
  await expect
    .poll(() => second.healthIssues.map(({ message }) => message).join())
    .toContain("give this function the key");
  await second.until(second.bridge.close());
  const third = await safeSystem(given, keys()).start();
  const again = third.client.getWorkflowById(Safe, flow.workflowId);
  expect(await third.until(again.result())).toBe("11 340000 true");
  await third.close();
});
