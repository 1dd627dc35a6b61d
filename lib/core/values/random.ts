import { hash128 } from "./hash.ts";

/**
 * A reproducible stream of random numbers (sfc32, from PractRand, public domain), seeded by a text.
 *
 * @example
 * const random = new Random("seed");
 * random.next(); // the same number for the same seed, always
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(seed: string) {
    const word = (index: number): number =>
      Number.parseInt(hash128(seed).slice(index * 8, index * 8 + 8), 16) | 0;
    this.#a = word(0);
    this.#b = word(1);
    this.#c = word(2);
    this.#counter = word(3) | 1;
  }

  /** Gives the next number in [0, 1), with 32 random bits. */
  next(): number {
    return this.#word() / 2 ** 32;
  }

  /** Gives the next UUID of version 4 (RFC 9562). */
  uuid(): string {
    const hex = Array.from({ length: 4 }, () => this.#word().toString(16).padStart(8, "0")).join("");
    const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  #word(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }
}
