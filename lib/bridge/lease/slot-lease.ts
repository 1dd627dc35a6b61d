import type { BridgeEvent } from "../../ports/bridge-starter.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Lease, LeaseStore } from "../../ports/lease-store.ts";

/** How long a lease holds without being renewed, and how often it is. */
export interface LeaseTimes {
  readonly leaseMs: number;
  readonly renewMs: number;
}

/** One bridge's hold on a slot. */
export class SlotLease {
  readonly slot: number;
  readonly owner: string;
  readonly #leases: LeaseStore;
  readonly #clock: Clock;
  readonly #times: LeaseTimes;
  #renewedAt = 0;

  /** @param setup `owner`: unique to this bridge */
  constructor(setup: {
    readonly slot: number;
    readonly owner: string;
    readonly leases: LeaseStore;
    readonly clock: Clock;
    readonly times: LeaseTimes;
  }) {
    this.slot = setup.slot;
    this.owner = setup.owner;
    this.#leases = setup.leases;
    this.#clock = setup.clock;
    this.#times = setup.times;
  }

  /**
   * Takes the slot if nobody holds it, or if the one who does wants this bridge to succeed; gives what the last owner
   * knew to be due. Undefined when another bridge carries it.
   */
  async acquire(event: BridgeEvent): Promise<readonly number[] | undefined> {
    for (;;) {
      const lease = await this.#leases.read(this.slot);
      const isMeant = event.kind === "succeed" && event.owner === lease?.owner;
      if (lease && !isMeant && this.#isHeld(lease)) {
        if (event.kind !== "schedule" || !(await this.#runsOut(lease))) return undefined;
        continue;
      }
      const dues = lease?.dues ?? [];
      if (await this.#leases.replace(this.slot, lease?.owner, this.#next("running", dues))) return dues;
    }
  }

  get isToBeRenewed(): boolean {
    return this.#clock.now() - this.#renewedAt >= this.#times.renewMs;
  }

  /** Says how the slot stands, for another while; false when it is another's by now. */
  async say(state: Lease["state"], dues: readonly number[]): Promise<boolean> {
    return this.#leases.replace(this.slot, this.owner, this.#next(state, dues));
  }

  #isHeld({ state, expiresAt }: Lease): boolean {
    return state === "running" && expiresAt > this.#clock.now();
  }

  /** Waits for a sign of life of the one who runs: false once there is one. */
  async #runsOut({ owner, expiresAt }: Lease): Promise<boolean> {
    while (this.#clock.now() < expiresAt) {
      const leftMs = expiresAt - this.#clock.now();
      await this.#clock.sleep(Math.max(1, Math.min(this.#times.renewMs, leftMs)));
      const lease = await this.#leases.read(this.slot);
      if (lease?.owner !== owner || lease.expiresAt !== expiresAt) return false;
    }
    return true;
  }

  #next(state: Lease["state"], dues: readonly number[]): Lease {
    this.#renewedAt = this.#clock.now();
    return { owner: this.owner, state, expiresAt: this.#renewedAt + this.#times.leaseMs, dues };
  }
}
