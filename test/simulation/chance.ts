/**
 * All chance of a simulation. A decision has a name, and its outcome follows from the seed, the name and how often that
 * name was decided before: to take one fault away leaves every other decision as it was, so a trace can be shrunk.
 */
export class Chance {
  readonly #seed: number;
  readonly #counts = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = mix(seed | 0);
  }

  /** Names a decision so that it is told from earlier ones. */
  nth(what: string): string {
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    return `${what} #${count}`;
  }

  /** A number in [0, 1). */
  draw(what: string): number {
    return this.drawn(this.nth(what));
  }

  /** The number of a decision that {@link nth} has named. */
  drawn(name: string): number {
    let hash = this.#seed;
    for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
    return mix(hash) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  int(what: string, min: number, max: number): number {
    return min + Math.floor(this.draw(what) * (max - min + 1));
  }

  pick<T>(what: string, items: readonly T[]): T {
    const item = items[this.int(what, 0, items.length - 1)];
    if (item === undefined) throw new RangeError(`expected something to pick from for ${what}, got nothing`);
    return item;
  }
}

/** MurmurHash3's finalizer. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
