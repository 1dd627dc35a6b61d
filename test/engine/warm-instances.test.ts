import { describe, expect, test } from "vitest";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { type InstanceMessage, MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import { handleMessages } from "../../lib/engine/engine.ts";
import { LiveInstance } from "../../lib/engine/live-instance.ts";
import { DEFAULT_RETENTION } from "../../lib/engine/step/retention.ts";
import { WarmInstances } from "../../lib/engine/warm-instances.ts";
import { versionsOf } from "../../lib/engine/workflow-handler.ts";
import { Payloads } from "../../lib/instance/payloads.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { channel } from "../../lib/workflow/channel.ts";

const MB = 1024 * 1024;

const keyOf = (nth: number) => {
  return { workflow: "Diary", workflowId: `d${nth}` };
};

/** An instance with one record of about so many characters. */
function instanceOf(nth: number, characters: number): LiveInstance {
  const instance = new LiveInstance(keyOf(nth), `1.${nth}`);
  instance.append({
    kind: "signal-received",
    at: 0,
    messageId: "m",
    channel: "c",
    value: "x".repeat(characters),
  });
  return instance;
}

describe("warm instances", () => {
  test("take at most the memory that they are given, whatever their values weigh", () => {
    const warm = new WarmInstances(8 * MB);
    for (let nth = 0; nth < 1_000; nth++) {
      warm.put(instanceOf(nth, nth % 2 === 0 ? 10 : 100_000));
      expect(warm.bytes).toBeLessThanOrEqual(8 * MB);
    }
    expect(warm.size).toBeLessThan(60);
  });

  test("take bounded memory also when each of them is as small as can be", () => {
    const warm = new WarmInstances(8 * MB);
    for (let nth = 0; nth < 10_000; nth++) warm.put(instanceOf(nth, 1));
    expect(warm.size).toBeLessThan(700);
  });

  test("keep those that were used last", () => {
    const warm = new WarmInstances(MB);
    for (let nth = 0; nth < 1_000; nth++) {
      const first = nth === 0 ? instanceOf(0, 1) : warm.take(keyOf(0), "1.0");
      if (first === undefined)
        throw new RangeError(`expected the first instance to be there still, at ${nth}`);
      warm.put(instanceOf(nth + 1, 1));
      warm.put(first);
    }
    expect(warm.take(keyOf(1_000), "1.1000")).toBeDefined();
    expect(warm.take(keyOf(1), "1.1")).toBeUndefined();
  });

  test("do not keep one that takes more than all may", () => {
    const warm = new WarmInstances(MB);
    warm.put(instanceOf(0, MB));
    expect([warm.size, warm.bytes]).toEqual([0, 0]);
  });

  test("weigh nothing once all are taken out, grown, put back and taken out again", () => {
    const warm = new WarmInstances(64 * MB);
    for (let nth = 0; nth < 100; nth++) warm.put(instanceOf(nth, nth));
    for (let round = 0; round < 3; round++) {
      for (let nth = 0; nth < 100; nth++) {
        const instance = warm.take(keyOf(nth), `1.${nth}`) ?? instanceOf(nth, nth);
        instance.append({
          kind: "signal-received",
          at: 0,
          messageId: "n",
          channel: "c",
          value: "y".repeat(100),
        });
        warm.put(instance);
        warm.put(instance);
      }
    }
    expect(warm.size).toBe(100);
    for (let nth = 0; nth < 100; nth++) warm.take(keyOf(nth), "of another version");
    expect([warm.size, warm.bytes]).toEqual([0, 0]);
  });
});

interface Diary {
  readonly days: Channel<string>;
  run(): Promise<string>;
}

class DiaryV1 extends Workflow implements Diary {
  readonly days = channel<string>();

  async run(): Promise<string> {
    const day = await this.days.receive();
    if (day === "bad") throw new RangeError("expected a good day");
    return day;
  }
}

describe("of an engine function's instances, only those that run stay in memory", () => {
  const clock = new ManualClock();
  const { payloadStore, ...stores } = memoryStores({ clock });
  const warm = new WarmInstances();
  const parts = {
    ...stores,
    payloads: new Payloads(payloadStore),
    workflows: new Map([["Diary", versionsOf("Diary", [DiaryV1])]]),
    clock,
    retention: DEFAULT_RETENTION,
    isListed: true,
    warm,
  };
  const invoke = async (workflowId: string, message: object): Promise<void> => {
    const address = { workflow: "Diary", workflowId };
    const full = { format: MESSAGE_FORMAT, at: clock.now(), ...address, ...message } as InstanceMessage;
    const record = { id: "0", key: workflowId, payload: JSON.stringify(full) };
    await handleMessages(parts, { kind: "messages", records: [record] });
  };

  test.each([
    ["completes", { kind: "signal", id: "day", channel: "days", value: "x".repeat(10_000) }],
    ["fails", { kind: "signal", id: "day", channel: "days", value: "bad" }],
    ["is canceled", { kind: "cancel", id: "cancel" }],
  ])("and one that %s does not", async (what, last) => {
    const idOf = (nth: number) => `${what.replace(" ", "-")}-${nth}`;
    for (let nth = 0; nth < 50; nth++)
      await invoke(idOf(nth), { kind: "start", id: "run", method: "run", args: [] });
    expect(warm.size).toBe(50);
    for (let nth = 0; nth < 50; nth++) {
      await invoke(idOf(nth), last);
      await invoke(idOf(nth), { kind: "signal", id: "late", channel: "days", value: "" });
    }
    expect([warm.size, warm.bytes]).toEqual([0, 0]);
  });
});
