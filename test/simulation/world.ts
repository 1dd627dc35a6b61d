import { createHash } from "node:crypto";
import type { Chance } from "./chance.ts";
import type { Faults } from "./faults.ts";

/** Something that is going to happen, unless it is called off. */
export interface Happening {
  readonly at: number;
  readonly act: () => void;
  isOff: boolean;
}

/**
 * Time, and what happens in it, one thing after the other.
 *
 * Whatever waits in a simulation waits for an instant here, and the seed has drawn that instant: so the seed decides
 * every interleaving. Nothing else makes code go on but microtasks and turns of the event loop, which Node orders.
 */
export class World {
  /** Epoch milliseconds; no process knows it exactly. */
  now = Date.UTC(2026, 0, 1);
  readonly chance: Chance;
  readonly faults: Faults;
  readonly lines: string[] = [];
  happened = 0;
  /** By instant, then as they were asked for. */
  readonly #agenda: Happening[] = [];
  readonly #startedAt = this.now;

  constructor(chance: Chance, faultsOf: (world: World) => Faults) {
    this.chance = chance;
    this.faults = faultsOf(this);
  }

  get elapsedMs(): number {
    return this.now - this.#startedAt;
  }

  /** Writes a line of the log. */
  log(line: string): void {
    this.lines.push(`${this.elapsedMs} ${line}`);
  }

  /** Of the whole log: two runs that did the same have the same. */
  get digest(): string {
    return createHash("sha256").update(this.lines.join("\n")).digest("hex").slice(0, 16);
  }

  after(ms: number, act: () => void): Happening {
    const at = this.now + Math.max(0, ms);
    let low = 0;
    for (let high = this.#agenda.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((this.#agenda[middle] as Happening).at <= at) low = middle + 1;
      else high = middle;
    }
    const happening = { at, act, isOff: false };
    this.#agenda.splice(low, 0, happening);
    return happening;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** How long a call is on its way: mostly some milliseconds. */
  latencyMs(what: string): number {
    const draw = this.chance.draw(`latency of ${what}`);
    return draw < 0.9 ? 1 + Math.floor(draw * 20) : 20 + Math.floor((draw - 0.9) * 3_000);
  }

  /** Lets things happen until `isDone`, or until nothing is left to happen, or too much has. */
  async run(isDone: () => boolean, mostHappenings: number): Promise<"done" | "stuck"> {
    await turns();
    while (!isDone()) {
      const next = this.#agenda.shift();
      if (next === undefined || this.happened >= mostHappenings) return "stuck";
      if (next.isOff) continue;
      this.happened += 1;
      this.now = next.at;
      next.act();
      await turns();
    }
    return "done";
  }
}

/** Lets everything run that waits for nothing: a bridge dispatches in the turn after it received. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
