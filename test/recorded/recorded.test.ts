import { afterEach, describe, expect, it, vi } from "vitest";
import type * as Sample from "../../functions/booking/booking.ts";
import { isCommand } from "../../lib/core/commands/command.ts";
import type * as Emits from "../../lib/core/model/emits.ts";
import { MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import { decode } from "../../lib/instance/codec.ts";
import type { Tip } from "../../lib/instance/tip.ts";
import type * as MethodRuns from "../../lib/runtime/method-run.ts";
import { readRecordings } from "./recording.ts";
import { STORIES } from "./stories.ts";

const recordings = readRecordings();

/** What differs, by engine code that is loaded anew with whatever a test has put in its place. */
async function differences(): Promise<readonly string[]> {
  const { differencesFrom } = await import("./differences.ts");
  const { WORKFLOWS } = await import("./stories.ts");
  return (await Promise.all(recordings.map((one) => differencesFrom(one, WORKFLOWS)))).flat();
}

describe("what was recorded", () => {
  it("is read, replayed, run again and sent again as it was, by this version", async () => {
    expect(await differences()).toEqual([]);
  });

  it("has every story", () => {
    expect(recordings.map(({ story }) => story).sort()).toEqual(Object.keys(STORIES).sort());
  });

  it("has all kinds of commands, early messages, chunks, held failures, and entries of the outbox", () => {
    const items = recordings.flatMap(({ items }) => items);
    const tips = items.map(({ body }) => decode(Buffer.from(body, "base64")) as Tip);
    const records = tips.flatMap(({ tail }) => tail);
    expect([...new Set(records.filter(isCommand).map(({ kind }) => kind))].sort()).toEqual(
      ["by-tag", "child", "inline", "method", "receive", "signal", "task", "timer"].sort(),
    );
    expect(tips.some(({ waiting }) => waiting !== undefined)).toBe(true);
    expect(tips.some(({ chunked }) => chunked !== undefined)).toBe(true);
    expect(records.some((record) => "held" in record)).toBe(true);
    expect(items.filter(({ emits }) => emits.length > 0).length).toBeGreaterThan(20);
  });

  it("is of no format newer than this version writes", () => {
    const formats = recordings.flatMap(({ messages }) =>
      messages.map(({ payload }) => (JSON.parse(payload) as { format: number }).format),
    );
    expect(Math.max(...formats)).toBeLessThanOrEqual(MESSAGE_FORMAT);
  });
});

describe("a change of behaviour is found", () => {
  afterEach(() => {
    vi.doUnmock("../../lib/runtime/method-run.ts");
    vi.doUnmock("../../lib/core/model/emits.ts");
    vi.doUnmock("../../functions/booking/booking.ts");
    vi.resetModules();
  });

  it("when the engine numbers commands otherwise", async () => {
    vi.resetModules();
    vi.doMock("../../lib/runtime/method-run.ts", async (load) => {
      const original = await load<typeof MethodRuns>();
      class Shuffled extends original.MethodRun {
        /** 1, 0, 3, 2 … */
        override nextCommandId(): string {
          return super.nextCommandId().replace(/\d+$/, (number) => String(Number(number) ^ 1));
        }
      }
      return { ...original, MethodRun: Shuffled };
    });
    const found = await differences();
    expect(found.filter((one) => /^booking-booked, Booking.*(changed|run again)/i.test(one))).not.toEqual([]);
  });

  it("when an emit has another id", async () => {
    vi.resetModules();
    vi.doMock("../../lib/core/model/emits.ts", async (load) => {
      const original = await load<typeof Emits>();
      const emitsOf: typeof original.emitsOf = (...args) =>
        original.emitsOf(...args).map((emit) => ({
          ...emit,
          message: { ...emit.message, id: `${emit.message.id}.1` },
        }));
      return { ...original, emitsOf };
    });
    expect((await differences()).filter((one) => one.includes("emitted again"))).not.toEqual([]);
  });

  it("when a workflow's code calls its tasks in another order", async () => {
    vi.resetModules();
    vi.doMock("../../functions/booking/booking.ts", async (load) => {
      const original = await load<typeof Sample>();
      const { newService } = await import("../../lib/index.ts");
      const { Hotels } = await import("../../functions/booking/contracts.ts");
      class HotelFirst extends original.BookingV1 {
        private readonly inns = newService(Hotels);
        override async book(trip: Parameters<typeof original.BookingV1.prototype.book>[0]) {
          await this.inns.reserve(trip.hotel, trip.nights);
          return super.book(trip);
        }
      }
      return { ...original, BookingV1: HotelFirst };
    });
    expect((await differences()).filter((one) => /^booking.*changed/i.test(one))).not.toEqual([]);
  });
});
