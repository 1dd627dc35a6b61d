/** Work that closing waits for. */
export class InFlight {
  readonly #startedAt = new Set<{ readonly at: number }>();
  readonly #whole: InFlight | undefined;
  #onIdle: (() => void)[] = [];

  /** @param whole what this is a part of, if it is: its work counts there too */
  constructor(whole?: InFlight) {
    this.#whole = whole;
  }

  get size(): number {
    return this.#startedAt.size;
  }

  /** When the oldest began, in epoch milliseconds. */
  get oldestAt(): number | undefined {
    for (const { at } of this.#startedAt) return at;
    return undefined;
  }

  /** Counts work that begins now; call what it returns once, when it has ended. */
  begin(at: number): () => void {
    const work = { at };
    this.#startedAt.add(work);
    const endInWhole = this.#whole?.begin(at);
    return () => {
      this.#startedAt.delete(work);
      endInWhole?.();
      if (this.#startedAt.size > 0) return;
      const callbacks = this.#onIdle;
      this.#onIdle = [];
      for (const callback of callbacks) callback();
    };
  }

  /** Resolves when nothing is in flight. */
  async idle(): Promise<void> {
    if (this.#startedAt.size > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }
}
