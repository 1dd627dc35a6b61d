import type { Clock } from "../../ports/clock.ts";
import type { IdempotencyKeys } from "../../ports/idempotency-keys.ts";
import type { Consumed } from "../../ports/state-store.ts";
import { isOver } from "../dynamodb/stored-item.ts";

/**
 * Keeps callers' keys in this process; lost with the process.
 *
 * @example
 * const keys = new MemoryIdempotencyKeys({ clock });
 * const { fingerprint } = await keys.claim("start Booking key-1", "a1b2", Math.ceil(clock.now() / 1_000) + 86_400);
 */
export class MemoryIdempotencyKeys implements IdempotencyKeys {
  readonly #clock: Clock;
  readonly #claims = new Map<string, { readonly fingerprint: string; readonly expiresAt: number }>();

  /** @param options `clock`: what expiry goes by */
  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  async claim(
    key: string,
    fingerprint: string,
    expiresAt: number,
  ): Promise<Consumed & { readonly fingerprint: string }> {
    const first = this.#claims.get(key);
    const isTaken = first !== undefined && !isOver(first.expiresAt, this.#clock.now());
    if (!isTaken) this.#claims.set(key, { fingerprint, expiresAt });
    return { fingerprint: isTaken ? first.fingerprint : fingerprint, readUnits: 0, writeUnits: 1 };
  }

  async has(key: string): Promise<Consumed & { readonly isClaimed: boolean }> {
    const claim = this.#claims.get(key);
    const isClaimed = claim !== undefined && !isOver(claim.expiresAt, this.#clock.now());
    return { isClaimed, readUnits: 1, writeUnits: 0 };
  }
}
