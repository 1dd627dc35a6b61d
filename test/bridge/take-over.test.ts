import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { MemoryLeaseStore } from "../../lib/adapters/memory/lease-store.ts";
import { Dues } from "../../lib/bridge/delivery/dues.ts";
import { type CarryingBridge, LeasedBridge, type RunEnd } from "../../lib/bridge/lease/leased-bridge.ts";
import type { BridgeEvent } from "../../lib/ports/bridge-starter.ts";
import type { LeaseStore } from "../../lib/ports/lease-store.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

const MINUTE_MS = 60_000;
const LIFE_MS = 15 * MINUTE_MS;

/** A bridge that always has work. */
class BusyBridge implements CarryingBridge {
  readonly isIdle = false;
  readonly receivedAt = 0;
  readonly dues = new Dues();
  async start(): Promise<void> {}
  async close(): Promise<void> {}
  stopRoutes(): void {}
}

/** Leases that a process has no access to any more once it is killed. */
class MortalLeases implements LeaseStore {
  readonly #leases: LeaseStore;
  isKilled = false;

  constructor(leases: LeaseStore) {
    this.#leases = leases;
  }

  read(slot: number) {
    return this.isKilled ? new Promise<never>(() => undefined) : this.#leases.read(slot);
  }

  replace(...[slot, owner, next]: Parameters<LeaseStore["replace"]>) {
    return this.isKilled ? new Promise<never>(() => undefined) : this.#leases.replace(slot, owner, next);
  }
}

interface Run {
  readonly owner: string;
  readonly startedAt: number;
  openedAt?: number;
  end?: RunEnd;
  endedAt?: number;
  kill(): void;
}

let clock: ManualClock;
let leases: MemoryLeaseStore;
let runs: Run[];

function reset(): void {
  clock = new ManualClock();
  leases = new MemoryLeaseStore();
  runs = [];
}
beforeEach(reset);

/** Invokes the bridge's function; what it does shows as time is pushed. */
function invoke(event: BridgeEvent, openError?: Error): Run {
  const mortal = new MortalLeases(leases);
  const run: Run = {
    owner: `run-${runs.length}`,
    startedAt: clock.now(),
    kill: () => {
      mortal.isKilled = true;
    },
  };
  runs.push(run);
  const leased = new LeasedBridge({
    leases: mortal,
    starter: { start: async () => undefined },
    clock,
    owner: run.owner,
    routes: [{ timeoutMs: 35_000 }],
    open: () => {
      if (openError) throw openError;
      run.openedAt = clock.now();
      return { bridge: new BusyBridge(), close: async () => undefined };
    },
  });
  void leased.run(event, LIFE_MS).then(
    (end) => Object.assign(run, { end, endedAt: clock.now() }),
    () => undefined,
  );
  return run;
}
const start: BridgeEvent = { kind: "start", slot: 0 };
const schedule: BridgeEvent = { kind: "schedule", slot: 0 };

describe("D5: bridges that are started at once on one slot", () => {
  test.each([
    [start, start],
    [schedule, schedule],
    [start, schedule, start, schedule],
  ])("lead alone: every other one leaves (%#)", async (...events) => {
    const all = events.map((event) => invoke(event));
    await clock.advance(0);
    const [leader, ...more] = all.filter(({ openedAt }) => openedAt !== undefined);
    expect(more).toEqual([]);
    for (const run of all.filter((one) => one !== leader)) {
      if (events[all.indexOf(run)] === start)
        expect(run).toMatchObject({ end: "left", endedAt: clock.now() });
    }
    // One that the schedule started waits for the leader's next sign of life: it might be dead.
    await clock.advance(6_000);
    expect(all.filter(({ end }) => end !== "left")).toEqual([leader]);
  });
});

describe("D5: a leader that is killed", () => {
  test("is replaced within a minute, whenever it is killed and whenever the schedule comes", async () => {
    const times = fc.record({
      livesMs: fc.integer({ min: 0, max: 2 * MINUTE_MS }),
      phaseMs: fc.integer({ min: 1, max: MINUTE_MS }),
    });
    await fc.assert(
      fc.asyncProperty(times, async ({ livesMs, phaseMs }) => {
        reset();
        const leader = invoke(start);
        await clock.advance(0);
        const killAt = clock.now() + livesMs;
        let nextAt = clock.now() + phaseMs;
        let isKilled = false;
        // Once a minute, as the schedule of a deployment, and half a minute more than that.
        while (clock.now() < killAt + 1.5 * MINUTE_MS) {
          const until = isKilled ? nextAt : Math.min(nextAt, killAt);
          await clock.advance(until - clock.now());
          if (!isKilled && clock.now() === killAt) {
            leader.kill();
            isKilled = true;
            continue;
          }
          invoke(schedule);
          nextAt += MINUTE_MS;
        }
        const successors = runs.filter((run) => run !== leader && run.openedAt !== undefined);
        expect(successors).toHaveLength(1);
        expect((successors[0]?.openedAt ?? Infinity) - killAt).toBeLessThanOrEqual(MINUTE_MS);
      }),
      { numRuns: 100 },
    );
  });

  test("is replaced by the first message that is sent ten seconds after its last sign of life", async () => {
    const leader = invoke(start);
    await clock.advance(100);
    const { expiresAt } = (await leases.read(0)) ?? { expiresAt: 0 };
    leader.kill();
    expect(expiresAt - leader.startedAt).toBe(10_000);
    await clock.advance(expiresAt - clock.now() - 1);
    const early = invoke(start);
    await clock.advance(1);
    const woken = invoke(start);
    await clock.advance(0);
    expect([early.end, woken.openedAt]).toEqual(["left", expiresAt]);
  });
});

test("a bridge that cannot be made frees its slot for the next", async () => {
  invoke(start, new RangeError("expected a secret, got none"));
  await clock.advance(0);
  expect(await leases.read(0)).toMatchObject({ owner: "run-0", state: "free" });
  const next = invoke(start);
  await clock.advance(0);
  expect(next.openedAt).toBe(clock.now());
});
