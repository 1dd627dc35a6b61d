import { beforeEach, expect, test } from "vitest";
import { MemoryLeaseStore } from "../../lib/adapters/memory/lease-store.ts";
import { wakingBroker } from "../../lib/bridge/lease/waking-broker.ts";
import type { BridgeEvent } from "../../lib/ports/bridge-starter.ts";
import type { Lease } from "../../lib/ports/lease-store.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

let clock: ManualClock;
let leases: MemoryLeaseStore;
let log: unknown[];
let startFails: boolean;

const message = { topic: "workflow-engine:Trip", key: "t", payload: "{}" };
const publish = (slots = 1) => {
  const starter = {
    async start(event: BridgeEvent): Promise<void> {
      if (startFails) throw new Error("no such function");
      log.push(event);
    },
  };
  const broker = {
    async publish(): Promise<string> {
      log.push("receipt");
      return "7:0";
    },
  };
  return wakingBroker({ broker, leases, starter, clock, slots, log: (text) => log.push(text) });
};
const lease = (more: Partial<Lease> = {}): Lease => ({
  owner: "a",
  state: "running",
  expiresAt: clock.now() + 1_000,
  dues: [],
  ...more,
});

beforeEach(() => {
  clock = new ManualClock();
  leases = new MemoryLeaseStore();
  log = [];
  startFails = false;
});

test("a bridge that was never started is started after the receipt", async () => {
  expect(await publish().publish(message)).toBe("7:0");
  expect(log).toEqual(["receipt", { kind: "start", slot: 0 }]);
});

test("a bridge that runs is left alone", async () => {
  await leases.replace(0, undefined, lease());
  await publish().publish(message);
  expect(log).toEqual(["receipt"]);
});

test.each([{ state: "closing" }, { state: "free" }, { expiresAt: 0 }] as const)(
  "a bridge whose lease says %o is started",
  async (more) => {
    await leases.replace(0, undefined, lease(more));
    await publish().publish(message);
    expect(log).toContainEqual({ kind: "start", slot: 0 });
  },
);

test("each slot has a bridge of its own", async () => {
  await leases.replace(1, undefined, lease());
  await publish(3).publish(message);
  expect(log).toEqual(["receipt", { kind: "start", slot: 0 }, { kind: "start", slot: 2 }]);
});

test("a burst starts a bridge once, until that could have come and gone", async () => {
  const broker = publish();
  await Promise.all([broker.publish(message), broker.publish(message), broker.publish(message)]);
  expect(log.filter((entry) => entry !== "receipt")).toHaveLength(1);
  await clock.advance(1_000);
  await broker.publish(message);
  expect(log.filter((entry) => entry !== "receipt")).toHaveLength(2);
});

test("what is published is published, also when no bridge can be started, which is tried again", async () => {
  startFails = true;
  const broker = publish();
  expect(await broker.publish(message)).toBe("7:0");
  expect(log).toEqual(["receipt", "Error: no such function"]);
  startFails = false;
  await broker.publish(message);
  expect(log).toContainEqual({ kind: "start", slot: 0 });
});
