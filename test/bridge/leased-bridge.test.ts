import { beforeEach, describe, expect, test, vi } from "vitest";
import { MemoryLeaseStore } from "../../lib/adapters/memory/lease-store.ts";
import { Dues } from "../../lib/bridge/delivery/dues.ts";
import { type CarryingBridge, LeasedBridge, type RunEnd } from "../../lib/bridge/lease/leased-bridge.ts";
import type { BridgeEvent } from "../../lib/ports/bridge-starter.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

const start: BridgeEvent = { kind: "start", slot: 0 };
const schedule: BridgeEvent = { kind: "schedule", slot: 0 };
const QUARTER_MS = 15 * 60_000;
const ROUTES = [{ timeoutMs: 35_000 }, { timeoutMs: 305_000 }];

/** A bridge that a test is the broker of. */
class HandBridge implements CarryingBridge {
  isIdle = true;
  receivedAt = 0;
  readonly dues: Dues;
  readonly log: string[] = [];
  readonly #canStart: boolean;
  readonly stopped = new Set<number>();

  constructor(dues: readonly number[], canStart: boolean) {
    this.dues = new Dues(dues);
    this.#canStart = canStart;
  }

  start(): Promise<void> {
    this.log.push("start");
    return this.#canStart ? Promise.resolve() : new Promise(() => undefined);
  }

  async close(): Promise<void> {
    this.log.push("close");
  }

  stopRoutes(isOver: (route: never) => boolean): void {
    for (const route of ROUTES) if (isOver(route as never)) this.stopped.add(route.timeoutMs);
  }
}

let clock: ManualClock;
let leases: MemoryLeaseStore;
let events: BridgeEvent[];

/** Starts a run; what it does shows as time is pushed. */
function runOf(owner: string, event: BridgeEvent, { remainingMs = QUARTER_MS, canStart = true } = {}) {
  const bridges: HandBridge[] = [];
  const leased = new LeasedBridge({
    leases,
    starter: { start: async (started) => void events.push(started) },
    clock,
    owner,
    routes: ROUTES,
    open: (dues) => {
      const bridge = new HandBridge(dues, canStart);
      bridges.push(bridge);
      return { bridge, close: async () => void bridge.log.push("disconnect") };
    },
  });
  const run: { end?: RunEnd; readonly bridge: HandBridge } = {
    get bridge() {
      return bridges[0] as HandBridge;
    },
  };
  void leased.run(event, remainingMs).then((end) => {
    run.end = end;
  });
  return run;
}

const stateOf = async () => (await leases.read(0))?.state;

beforeEach(() => {
  clock = new ManualClock();
  leases = new MemoryLeaseStore();
  events = [];
});

describe("a bridge without work", () => {
  test("says that it closes, looks once more, and leaves", async () => {
    const run = runOf("a", start);
    await clock.advance(1_900);
    expect(await stateOf()).toBe("running");
    await clock.advance(600);
    expect([await stateOf(), run.end]).toEqual(["closing", undefined]);
    await clock.advance(1_000);
    expect([await stateOf(), run.end]).toEqual(["free", "idle"]);
    expect(run.bridge.log).toEqual(["start", "close", "disconnect"]);
    expect(events).toEqual([]);
  });

  test("leaves sooner when it was only to look, and later again once it has received something", async () => {
    const looking = runOf("a", schedule);
    await clock.advance(1_600);
    expect([await stateOf(), looking.end]).toEqual(["free", "idle"]);
    const busy = runOf("b", schedule);
    await clock.advance(0);
    busy.bridge.receivedAt = clock.now();
    await clock.advance(1_900);
    expect([await stateOf(), busy.end]).toEqual(["running", undefined]);
    await clock.advance(1_600);
    expect([await stateOf(), busy.end]).toEqual(["free", "idle"]);
  });

  test("stays when something comes while it closes", async () => {
    const run = runOf("a", start);
    await clock.advance(2_500);
    expect(await stateOf()).toBe("closing");
    run.bridge.receivedAt = clock.now();
    await clock.advance(1_000);
    expect([await stateOf(), run.end]).toEqual(["running", undefined]);
    await clock.advance(4_000);
    expect(run.end).toBe("idle");
  });

  test("gives way when somebody takes the slot while it closes", async () => {
    const first = runOf("a", start);
    await clock.advance(2_500);
    const second = runOf("b", start);
    await clock.advance(0);
    expect((await leases.read(0))?.owner).toBe("b");
    await clock.advance(1_100);
    expect([first.end, second.end]).toEqual(["idle", undefined]);
    expect((await leases.read(0))?.owner).toBe("b");
  });
});

describe("a bridge with work", () => {
  test("renews its lease, so that others leave at once", async () => {
    const run = runOf("a", start);
    await clock.advance(100);
    run.bridge.isIdle = false;
    await clock.advance(60_000);
    const other = runOf("b", start);
    const scheduled = runOf("c", schedule);
    await clock.advance(0);
    expect(other.end).toBe("left");
    await clock.advance(6_000);
    expect([run.end, scheduled.end]).toEqual([undefined, "left"]);
  });

  test("that dies is replaced by the next that is scheduled", async () => {
    await leases.replace(0, undefined, {
      owner: "dead",
      state: "running",
      expiresAt: clock.now() + 10_000,
      dues: [],
    });
    expect(await endOf(runOf("b", start), 0)).toBe("left");
    const scheduled = runOf("c", schedule);
    await clock.advance(10_500);
    expect((await leases.read(0))?.owner).toBe("c");
    expect(scheduled.bridge.log).toEqual(["start"]);
  });

  test("that lost its lease hands over and leaves the lease alone", async () => {
    const run = runOf("a", start);
    await clock.advance(100);
    run.bridge.isIdle = false;
    const lease = await leases.read(0);
    await leases.replace(0, "a", { ...lease, owner: "z", state: "running", expiresAt: 0, dues: [] });
    await clock.advance(3_500);
    expect(run.end).toBe("taken over");
    expect(await leases.read(0)).toMatchObject({ owner: "z", state: "running" });
  });

  test("starts a successor in time, and takes nothing that its function could not finish", async () => {
    const run = runOf("a", start);
    await clock.advance(100);
    run.bridge.isIdle = false;
    await clock.advance(QUARTER_MS - 305_000 - 55_000 - 500);
    expect(events).toEqual([]);
    await clock.advance(1_000);
    expect(events).toEqual([{ kind: "succeed", slot: 0, owner: "a" }]);
    expect(run.bridge.stopped.size).toBe(0);
    await clock.advance(30_000);
    expect([...run.bridge.stopped]).toEqual([305_000]);
    const next = runOf("b", events[0] as BridgeEvent);
    await clock.advance(0);
    next.bridge.isIdle = false;
    await clock.advance(3_500);
    expect([run.end, next.end]).toEqual(["succeeded", undefined]);
    expect(await leases.read(0)).toMatchObject({ owner: "b", state: "running" });
    expect(run.bridge.log).toEqual(["start", "close", "disconnect"]);
  });

  test("whose successor does not come goes on as long as it can, then frees the slot and starts another", async () => {
    const run = runOf("a", start);
    await clock.advance(100);
    run.bridge.isIdle = false;
    await clock.advance(QUARTER_MS - 25_000);
    expect(run.end).toBe("out of time");
    expect(await stateOf()).toBe("free");
    expect(events.at(-1)).toEqual(start);
  });
});

describe("delayed messages", () => {
  test("that are due within a minute are waited for, later ones are remembered", async () => {
    const run = runOf("a", start);
    await clock.advance(100);
    const dueAt = clock.now() + 180_000;
    run.bridge.dues.add(dueAt);
    await clock.advance(10_000);
    expect(run.end).toBe("idle");
    expect((await leases.read(0))?.dues).toEqual([dueAt]);
    await clock.advance(dueAt - 60_000 - clock.now());
    const scheduled = runOf("b", schedule);
    await clock.advance(60_000);
    expect(scheduled.end).toBeUndefined();
    expect(scheduled.bridge.log).toEqual(["start"]);
    await clock.advance(70_000);
    expect(scheduled.end).toBe("idle");
    expect((await leases.read(0))?.dues).toEqual([]);
  });
});

describe("a store that does not answer", () => {
  /** Answers nothing from now on, until given back its answers. */
  function muted() {
    const replace = vi
      .spyOn(leases, "replace")
      .mockRejectedValue(new RangeError("expected an answer, got none"));
    return () => replace.mockRestore();
  }

  test("ends no bridge that has work, which then finds its lease as it left it", async () => {
    const run = runOf("a", start);
    await clock.advance(100);
    run.bridge.isIdle = false;
    const answer = muted();
    await clock.advance(30_000);
    expect([run.end, run.bridge.log]).toEqual([undefined, ["start"]]);
    answer();
    await clock.advance(3_500);
    expect(run.end).toBeUndefined();
    expect(await leases.read(0)).toMatchObject({ owner: "a", state: "running" });
    expect((await leases.read(0))?.expiresAt).toBeGreaterThan(clock.now());
  });

  test("keeps one without work until it can say that it closes", async () => {
    const run = runOf("a", start);
    await clock.advance(100);
    const answer = muted();
    await clock.advance(10_000);
    expect(run.end).toBeUndefined();
    answer();
    await clock.advance(2_000);
    expect([run.end, await stateOf()]).toEqual(["idle", "free"]);
  });

  test("keeps none beyond its time", async () => {
    const run = runOf("a", start);
    await clock.advance(100);
    run.bridge.isIdle = false;
    muted();
    await clock.advance(QUARTER_MS - 25_000);
    expect(run.end).toBe("out of time");
    expect(run.bridge.log).toEqual(["start", "close", "disconnect"]);
  });
});

test("a bridge that does not reach its broker leaves, and frees the slot", async () => {
  const run = runOf("a", start, { canStart: false });
  await clock.advance(51_000);
  expect(run.end).toBe("no broker");
  expect(await stateOf()).toBe("free");
});

async function endOf(run: { readonly end?: RunEnd }, afterMs: number): Promise<RunEnd | undefined> {
  await clock.advance(afterMs);
  return run.end;
}
