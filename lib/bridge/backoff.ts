/** Delays that grow and vary: what failed together does not come again together. */
export class Backoff {
  readonly #minDelayMs: number;
  readonly #maxDelayMs: number;
  readonly #random: () => number;

  /** @param options `random`: numbers in [0, 1) */
  constructor(options: {
    readonly minDelayMs: number;
    readonly maxDelayMs: number;
    readonly random: () => number;
  }) {
    this.#minDelayMs = options.minDelayMs;
    this.#maxDelayMs = options.maxDelayMs;
    this.#random = options.random;
  }

  /** Gives the delay after the n-th failure in a row, n from 1: half of it fixed, half by chance. */
  delayMs(failures: number): number {
    const longest = Math.min(this.#maxDelayMs, this.#minDelayMs * 2 ** (failures - 1));
    return Math.ceil(longest * (0.5 + 0.5 * this.#random()));
  }
}
