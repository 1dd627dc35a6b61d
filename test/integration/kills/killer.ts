import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../../lib/core/values/random.ts";
import type { Victim } from "./victims.ts";

/** After how many executions the next kill comes, on average: often enough that all come, whatever chance says. */
const EXECUTIONS_A_KILL = 90;

/** A kill comes at most this long after the execution that calls for it. */
const MAX_DELAY_MS = 50;

/** Kills the victims, one at a time and all about equally often, as work proceeds: chance says when and whom. */
export class Killer {
  readonly #random: Random;
  readonly #most: number;
  #victims: readonly Victim[] = [];
  #executionsLeft: number;
  #count = 0;

  /** @param options `most`: how many kills */
  constructor({ random, most }: { readonly random: Random; readonly most: number }) {
    this.#random = random;
    this.#most = most;
    this.#executionsLeft = this.#interval();
  }

  /** How many kills there were. */
  get count(): number {
    return this.#count;
  }

  follow(victims: readonly Victim[]): void {
    this.#victims = victims;
  }

  /** Hears of an execution. */
  executed(): void {
    this.#executionsLeft -= 1;
    if (this.#executionsLeft > 0) return;
    this.#executionsLeft = this.#interval();
    void this.#kill();
  }

  async #kill(): Promise<void> {
    await sleep(this.#random.next() * MAX_DELAY_MS);
    const running = this.#victims.filter(({ process }) => process.isReady);
    const fewest = Math.min(...running.map(({ process }) => process.kills));
    const next = running.filter(({ process }) => process.kills === fewest);
    const victim = next[Math.floor(this.#random.next() * next.length)];
    if (victim === undefined || this.#count === this.#most) return;
    this.#count += 1;
    victim.process.kill();
  }

  /** Between half the average and one and a half times it. */
  #interval(): number {
    return Math.round(EXECUTIONS_A_KILL * (0.5 + this.#random.next()));
  }
}
