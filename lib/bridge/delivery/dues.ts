const MINUTE_MS = 60_000;

/** Instants at which delayed messages are known to be due, the first of each minute: enough to be there in time. */
export class Dues {
  /** By minute. */
  readonly #first = new Map<number, number>();

  constructor(dues: readonly number[] = []) {
    for (const due of dues) this.add(due);
  }

  add(due: number): void {
    const minute = Math.floor(due / MINUTE_MS);
    const known = this.#first.get(minute);
    if (known === undefined || due < known) this.#first.set(minute, due);
  }

  /**
   * Whether something is due at this instant or soon: from `beforeMs` before the first of a minute until `afterMs`
   * after that minute, for there may be others in it.
   */
  isNear(
    now: number,
    { beforeMs, afterMs }: { readonly beforeMs: number; readonly afterMs: number },
  ): boolean {
    for (const [minute, first] of this.#first) {
      if (now >= endOf(minute) + afterMs) this.#first.delete(minute);
      else if (now >= first - beforeMs) return true;
    }
    return false;
  }

  /** Earliest first. */
  list(): readonly number[] {
    return [...this.#first.values()].toSorted((a, b) => a - b);
  }
}

const endOf = (minute: number): number => (minute + 1) * MINUTE_MS;
