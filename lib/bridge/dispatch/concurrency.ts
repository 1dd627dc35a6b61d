/** How much a refusal shrinks the limit. */
const DECREASE = 0.5;

/** An entry that {@link Concurrency.leave} takes back. */
export interface Slot {
  readonly sequence: number;
}

/**
 * A limit on what runs at once that finds its own height: each answer raises it by one over itself (so by one
 * for each round of answers), a refusal halves it. Refusals of one burst count once: only what entered after
 * the last decrease can decrease again.
 */
export class Concurrency {
  readonly #max: number;
  #limit: number;
  #running = 0;
  #sequence = 0;
  #decreasedAt = 0;

  constructor(max: number) {
    this.#max = max;
    this.#limit = max;
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  get running(): number {
    return this.#running;
  }

  get isOpen(): boolean {
    return this.#running < this.limit;
  }

  enter(): Slot {
    this.#running += 1;
    this.#sequence += 1;
    return { sequence: this.#sequence };
  }

  leave(slot: Slot, result: "answered" | "refused" | "other"): void {
    if (result === "answered") this.#limit = Math.min(this.#max, this.#limit + 1 / this.#limit);
    if (result === "refused" && slot.sequence > this.#decreasedAt) {
      this.#limit = Math.max(1, Math.min(this.#limit, this.#running) * DECREASE);
      this.#decreasedAt = this.#sequence;
    }
    this.#running -= 1;
  }
}
