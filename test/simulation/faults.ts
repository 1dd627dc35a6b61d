import type { Chance } from "./chance.ts";

/** What goes wrong, and how often out of a thousand passings in the worst weather. */
export const FAULTS = {
  "crash of a bridge": 15,
  "crash of a function": 25,
  "store throttled": 40,
  "store request lost": 20,
  "store response lost": 30,
  "store request applied late": 15,
  "function throttled": 60,
  "function out of reach": 40,
  "answer lost": 40,
  "function missing": 15,
  "slow call": 20,
  "function outlives its timeout": 500,
  "message duplicated": 80,
  "publish lost": 40,
  "receipt lost": 40,
  "acknowledgement lost": 60,
  "delivered early": 500,
  "delivered late": 500,
  "wake-up at any time": 700,
  "two owners of a key": 100,
  "broker restarts": 150,
  "clock jumps": 15,
  "bridge is replaced": 100,
  "bridge is not started": 200,
  "request repeated": 200,
  "answer of the gateway lost": 200,
  "hint is wrong": 150,
} as const;

export type Fault = keyof typeof FAULTS;

/** Faults at most: what comes after them shows that the system heals. */
const MOST_FAULTS = 40;

/** What goes wrong in one run: each seed has a weather of its own, in which some faults are common and others absent. */
export class Faults {
  /** By name, as they happened. */
  readonly injected: string[] = [];
  readonly #chance: Chance;
  readonly #suppressed: ReadonlySet<string>;
  readonly #onFault: (name: string) => void;
  readonly #weather = new Map<Fault, number>();
  #struck = 0;

  /** @param suppressed names of faults that do not happen, though the seed says so */
  constructor(chance: Chance, suppressed: ReadonlySet<string>, onFault: (name: string) => void) {
    this.#chance = chance;
    this.#suppressed = suppressed;
    this.#onFault = onFault;
    for (const fault of Object.keys(FAULTS) as Fault[]) {
      this.#weather.set(fault, chance.pick(`weather: ${fault}`, [0, 0, 0.15, 0.4, 1]));
    }
  }

  /** Decides whether a fault happens here and now. */
  strikes(fault: Fault, where: string): boolean {
    if (this.#struck >= MOST_FAULTS) return false;
    const name = this.#chance.nth(`${fault} @ ${where}`);
    const odds = ((this.#weather.get(fault) ?? 0) * FAULTS[fault]) / 1_000;
    if (this.#chance.drawn(name) >= odds) return false;
    this.#struck += 1;
    if (this.#suppressed.has(name)) return false;
    this.injected.push(name);
    this.#onFault(name);
    return true;
  }
}
