import type { Trouble } from "../ports/health-issue.ts";

/** Troubles that last, by subject: while there is one, the bridge is not ready. */
export class Troubles {
  readonly #lasting = new Map<string, Trouble>();
  readonly #onTrouble: (trouble: Trouble) => void;

  constructor(onTrouble: (trouble: Trouble) => void) {
    this.#onTrouble = onTrouble;
  }

  get lasting(): readonly Trouble[] {
    return [...this.#lasting.values()];
  }

  /** Reports a trouble that lasts until it is {@link clear}ed. */
  raise(trouble: Trouble): void {
    this.#lasting.set(trouble.subject, trouble);
    this.#onTrouble(trouble);
  }

  clear(subject: string): void {
    if (this.#lasting.size > 0) this.#lasting.delete(subject);
  }

  /** Reports a trouble of one message: it says nothing about the bridge's readiness. */
  report(trouble: Trouble): void {
    this.#onTrouble(trouble);
  }
}
