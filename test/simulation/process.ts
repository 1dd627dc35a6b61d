import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import type { Fault } from "./faults.ts";
import type { World } from "./world.ts";

/** A promise of what never comes. */
export const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

const SKEW_MS = 500;
const LONGEST_JUMP_MS = 3_000;
const SLOWEST_MS = 90_000;

/**
 * Something that runs code of the system, and that may die whenever it waits for a port: then none of its calls
 * returns, but what it had sent may still arrive. Its clock is its own.
 */
export class Process {
  readonly name: string;
  readonly world: World;
  readonly clock: Clock;
  isDead = false;
  readonly #crash: Fault | undefined;
  readonly #mourners: (() => void)[] = [];
  #skewMs: number;

  /** @param crash the fault that kills it, unless it is immortal */
  constructor(world: World, name: string, crash?: Fault) {
    this.world = world;
    this.name = name;
    this.#crash = crash;
    this.#skewMs = world.chance.int(`skew of ${name}`, -SKEW_MS, SKEW_MS);
    this.clock = {
      now: () => world.now + this.#skewMs,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  die(): void {
    if (this.isDead) return;
    this.isDead = true;
    this.world.log(`${this.name} dies`);
    for (const mourner of this.#mourners) mourner();
  }

  onDeath(act: () => void): void {
    this.#mourners.push(act);
  }

  /**
   * Calls a port: the request is on its way, has its effect, and the response is on its way back.
   *
   * @param what the call, the same in every run
   * @param effect what it does there, in no time
   */
  async call<T>(what: string, effect: () => T | Promise<T>): Promise<T> {
    if (this.isDead || this.#isKilled(`before ${what}`)) return never();
    const { world } = this;
    if (world.faults.strikes("clock jumps", this.name)) {
      this.#skewMs += world.chance.int(`jump of ${this.name}`, -LONGEST_JUMP_MS, LONGEST_JUMP_MS);
    }
    const isSlow = world.faults.strikes("slow call", what);
    const slowMs = isSlow ? world.chance.int(`slowness of ${what}`, 1_000, SLOWEST_MS) : 0;
    const isKilled = this.#isKilled(`during ${what}`);
    const sent = world.sleep(world.latencyMs(`request ${what}`) + slowMs);
    await sent; // it is sent: that its sender dies does not take it back
    const outcome = await settled(effect);
    if (isKilled || this.isDead || this.#isKilled(`after ${what}`)) return never();
    await world.sleep(world.latencyMs(`response ${what}`));
    if (this.isDead) return never();
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  #isKilled(when: string): boolean {
    if (this.#crash === undefined || !this.world.faults.strikes(this.#crash, when)) return false;
    this.die();
    return true;
  }

  /** Goes by no clock: what a clock jumps does not shorten it. */
  async #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.isDead) return never();
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        waking.isOff = true;
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      const waking = this.world.after(ms, () => {
        signal?.removeEventListener("abort", abort);
        if (!this.isDead) resolve();
      });
    });
  }
}

/** What a store, the broker or the platform answers when a connection breaks. */
export function unavailable(
  code: "STORE_UNAVAILABLE" | "BROKER_UNAVAILABLE" | "FUNCTION_UNAVAILABLE",
): InfiniticError {
  return new InfiniticError(code, "expected an answer, got a broken connection");
}

async function settled<T>(
  effect: () => T | Promise<T>,
): Promise<{ readonly value: T } | { readonly error: unknown }> {
  try {
    return { value: await effect() };
  } catch (error) {
    return { error };
  }
}
