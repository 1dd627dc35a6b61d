import type { BridgeEvent, BridgeStarter } from "../../ports/bridge-starter.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Lease, LeaseStore } from "../../ports/lease-store.ts";
import type { Bridge } from "../bridge.ts";
import type { Route } from "../options.ts";
import { type LeaseTimes, SlotLease } from "./slot-lease.ts";

/** What a leased bridge needs of a bridge. */
export type CarryingBridge = Pick<
  Bridge,
  "start" | "close" | "stopRoutes" | "isIdle" | "receivedAt" | "dues"
>;

/** A bridge, with a way to close its connections. */
export interface OpenBridge {
  readonly bridge: CarryingBridge;
  close(): Promise<void>;
}

/** How a run ended: `left` and `taken over` when another bridge carries the slot. */
export type RunEnd = "left" | "idle" | "succeeded" | "out of time" | "taken over" | "no broker";

/** All in milliseconds. */
export interface LeasedTimes extends LeaseTimes {
  /** Without a message for so long, there is nothing to do. */
  readonly idleMs: number;
  /** The same for a bridge that the schedule started, as long as it has received nothing: it only looks. */
  readonly lookMs: number;
  /** Between saying that it closes and closing: what was sent before that was read arrives meanwhile. */
  readonly closingMs: number;
  /** What is left, beyond a route's timeout, when its last message is taken. */
  readonly marginMs: number;
  /** How long before that a successor is started. */
  readonly successionMs: number;
  /** How long before something is due it waits for it; above a minute, for it is started once a minute at least. */
  readonly nearMs: number;
  /** How long it tries to reach the broker. */
  readonly connectMs: number;
}

const LEASED_TIMES: LeasedTimes = {
  leaseMs: 10_000,
  renewMs: 3_000,
  idleMs: 2_000,
  lookMs: 500,
  closingMs: 1_000,
  marginMs: 25_000,
  successionMs: 30_000,
  nearMs: 75_000,
  connectMs: 50_000,
};

/** What a leased bridge is made of. */
export interface LeasedBridgeSetup {
  readonly leases: LeaseStore;
  readonly starter: BridgeStarter;
  readonly clock: Clock;
  /** Unique to this run. */
  readonly owner: string;
  /** Of the bridge that `open` makes. */
  readonly routes: readonly Pick<Route, "timeoutMs">[];
  /** Makes the bridge, given when delayed messages are due. */
  readonly open: (dues: readonly number[]) => OpenBridge | Promise<OpenBridge>;
  readonly times?: Partial<LeasedTimes>;
  /** Takes what goes wrong and heals by itself. */
  readonly log?: (message: string) => void;
}

/** How often it looks around. */
const TICK_MS = 250;
/** How long after something was due it may still come: the broker's own precision, and a margin. */
const LATE_MS = 5_000;
/** Kept for closing connections. */
const LAST_MS = 2_000;

/**
 * A bridge that runs only while there is work: in a slot, which it holds by a lease, and in a function, which ends.
 *
 * Going idle it says `closing`, receives for one more second and only then leaves, so what is sent while the lease
 * says `running` is received: whoever sends something reads the lease after its receipt, and starts a bridge unless it
 * says so. Before its time is over it starts a successor, and takes no message that its function could not finish.
 * Nothing is safe because of it (I7): two that hold one slot cost more, and harm nothing.
 */
export class LeasedBridge {
  readonly #setup: LeasedBridgeSetup;
  readonly #times: LeasedTimes;

  constructor(setup: LeasedBridgeSetup) {
    this.#setup = setup;
    this.#times = { ...LEASED_TIMES, ...setup.times };
  }

  /**
   * Carries messages until there are none, or its time is over; resolves at once if another bridge does so.
   *
   * @param remainingMs of the function that it runs in
   */
  async run(event: BridgeEvent, remainingMs: number): Promise<RunEnd> {
    const { clock } = this.#setup;
    const endsAt = clock.now() + remainingMs;
    const lease = new SlotLease({ ...this.#setup, slot: event.slot, times: this.#times });
    const dues = await lease.acquire(event);
    if (!dues) return "left";
    const { bridge, close } = await this.#open(lease, dues);
    try {
      const end = await this.#carry(lease, bridge, { endsAt, isLooking: event.kind === "schedule" });
      await bridge.close(Math.max(0, endsAt - LAST_MS - clock.now()));
      if (end !== "succeeded" && end !== "taken over") await this.#say(lease, "free", bridge);
      if (end === "out of time") await this.#start({ kind: "start", slot: lease.slot });
      return end;
    } finally {
      await close();
    }
  }

  /** A bridge that cannot be made leaves the slot to the next that is started, perhaps with better settings. */
  async #open(lease: SlotLease, dues: readonly number[]): Promise<OpenBridge> {
    try {
      return await this.#setup.open(dues);
    } catch (error) {
      await lease.say("free", dues).catch(() => undefined); // then it is free when it runs out
      throw error;
    }
  }

  async #carry(
    lease: SlotLease,
    bridge: CarryingBridge,
    { endsAt, isLooking }: { readonly endsAt: number; readonly isLooking: boolean },
  ): Promise<Exclude<RunEnd, "left">> {
    const { clock, routes } = this.#setup;
    const { marginMs, successionMs, connectMs, idleMs, lookMs } = this.#times;
    const longestMs = Math.max(0, ...routes.map(({ timeoutMs }) => timeoutMs));
    const successionAt = endsAt - longestMs - marginMs - successionMs;
    const openedAt = clock.now();
    let startedAt: number | undefined;
    void bridge.start().then(() => {
      startedAt = clock.now();
    });
    for (let isSucceeded = false; ; ) {
      await clock.sleep(TICK_MS);
      const now = clock.now();
      bridge.stopRoutes(({ timeoutMs }) => now >= endsAt - timeoutMs - marginMs);
      if (lease.isToBeRenewed && (await this.#say(lease, "running", bridge)) === "lost") {
        return isSucceeded ? "succeeded" : "taken over";
      }
      if (now >= endsAt - marginMs) return "out of time";
      if (startedAt === undefined && now - openedAt >= connectMs) return "no broker";
      if (now >= successionAt) isSucceeded ||= await this.#succeed(lease);
      else if (startedAt !== undefined) {
        const patienceMs = isLooking && bridge.receivedAt === 0 ? lookMs : idleMs;
        if (await this.#isDone(lease, bridge, { startedAt, patienceMs })) return "idle";
      }
    }
  }

  #succeed({ slot, owner }: SlotLease): Promise<boolean> {
    return this.#start({ kind: "succeed", slot, owner });
  }

  /** Whether nothing is to be done, also a moment after it was said that it closes. */
  async #isDone(
    lease: SlotLease,
    bridge: CarryingBridge,
    { startedAt, patienceMs }: { readonly startedAt: number; readonly patienceMs: number },
  ): Promise<boolean> {
    const { clock } = this.#setup;
    const { closingMs, nearMs } = this.#times;
    const now = clock.now();
    const isQuiet = bridge.isIdle && now - Math.max(startedAt, bridge.receivedAt) >= patienceMs;
    if (!isQuiet || bridge.dues.isNear(now, { beforeMs: nearMs, afterMs: LATE_MS })) return false;
    const said = await this.#say(lease, "closing", bridge);
    if (said !== "held") return said === "lost";
    await clock.sleep(closingMs);
    if (bridge.isIdle && bridge.receivedAt < now) return true;
    await this.#say(lease, "running", bridge);
    return false;
  }

  /** A store that does not answer ends no bridge: it goes on, and if another took the slot meanwhile, they harm nothing. */
  async #say(
    lease: SlotLease,
    state: Lease["state"],
    { dues }: CarryingBridge,
  ): Promise<"held" | "lost" | "unknown"> {
    try {
      return (await lease.say(state, dues.list())) ? "held" : "lost";
    } catch (error) {
      this.#setup.log?.(String(error));
      return "unknown";
    }
  }

  async #start(event: BridgeEvent): Promise<boolean> {
    try {
      await this.#setup.starter.start(event);
      return true;
    } catch (error) {
      this.#setup.log?.(String(error)); // The schedule starts one within a minute.
      return false;
    }
  }
}
