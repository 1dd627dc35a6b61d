import type { Lease, LeaseStore } from "../../ports/lease-store.ts";

/** Keeps leases in this process; lost with it. */
export class MemoryLeaseStore implements LeaseStore {
  readonly #leases = new Map<number, Lease>();

  async read(slot: number): Promise<Lease | undefined> {
    return this.#leases.get(slot);
  }

  async replace(slot: number, owner: string | undefined, next: Lease): Promise<boolean> {
    if (this.#leases.get(slot)?.owner !== owner) return false;
    this.#leases.set(slot, next);
    return true;
  }
}
