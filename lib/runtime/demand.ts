/**
 * Who waits for something: a promise of workflow code, a listener of a combined one.
 *
 * It is wanted while somebody waits for it who is wanted himself, and while nobody has ever waited for it: code may
 * still do so. What nobody wants takes no signal.
 */
export class Demand {
  #isWanted = true;
  #isWithdrawn = false;
  #hadConsumers = false;
  readonly #consumers = new Set<Demand>();
  readonly #sources = new Set<Demand>();
  /** Of what nobody has waited for yet: code that was not wanted itself when it made this. */
  #maker: Demand | undefined;
  /** Is told when it becomes wanted, and when it is no more. */
  onChange: ((isWanted: boolean) => void) | undefined;

  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** Says whose code made it: what code makes that nobody wants is not wanted either, until somebody waits for it. */
  madeBy(maker: Demand): void {
    if (maker.isWanted) return;
    this.#maker = maker;
    maker.#sources.add(this);
    this.#look();
  }

  /** Says that somebody waits for it. */
  feed(consumer: Demand): void {
    if (this.#maker) this.#maker.#sources.delete(this);
    this.#maker = undefined;
    this.#hadConsumers = true;
    this.#consumers.add(consumer);
    consumer.#sources.add(this);
    this.#look();
  }

  /** Waits no more: what it waited for has come. */
  stopWaiting(): void {
    for (const source of this.#sources) source.#consumers.delete(this);
    this.#sources.clear();
  }

  /** Is over: it waits no more, and nobody waits for it. */
  leave(): void {
    this.stopWaiting();
    for (const consumer of this.#consumers) consumer.#sources.delete(this);
    this.#consumers.clear();
  }

  /** Takes back that it waits. */
  withdraw(): void {
    this.#isWithdrawn = true;
    const sources = [...this.#sources];
    this.leave();
    for (const source of sources) source.#look();
  }

  #look(): void {
    const isWanted = this.#judge();
    if (isWanted === this.#isWanted) return;
    this.#isWanted = isWanted;
    this.onChange?.(isWanted);
    for (const source of [...this.#sources]) source.#look();
  }

  #judge(): boolean {
    if (this.#isWithdrawn) return false;
    if (!this.#hadConsumers) return this.#maker?.isWanted ?? true;
    for (const consumer of this.#consumers) if (consumer.#isWanted) return true;
    return false;
  }
}
