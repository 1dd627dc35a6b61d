import type { Usage } from "../core/protocol/invocation.ts";
import type { Consumed } from "../ports/state-store.ts";

/** Adds up what an invocation consumed of the store. */
export class UsageMeter {
  #commits = 0;
  #readUnits = 0;
  #writeUnits = 0;

  add({ readUnits, writeUnits }: Consumed): void {
    this.#readUnits += readUnits;
    this.#writeUnits += writeUnits;
  }

  countCommit(): void {
    this.#commits++;
  }

  get usage(): Usage {
    return { commits: this.#commits, readUnits: this.#readUnits, writeUnits: this.#writeUnits };
  }
}
