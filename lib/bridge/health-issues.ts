import type { HealthIssue } from "../ports/health-issue.ts";

/** Health issues that last, by subject: while there is one, the bridge is not ready. */
export class HealthIssues {
  readonly #lasting = new Map<string, HealthIssue>();
  readonly #onHealthIssue: (issue: HealthIssue) => void;

  constructor(onHealthIssue: (issue: HealthIssue) => void) {
    this.#onHealthIssue = onHealthIssue;
  }

  get lasting(): readonly HealthIssue[] {
    return [...this.#lasting.values()];
  }

  /** Reports a issue that lasts until it is {@link clear}ed. */
  raise(issue: HealthIssue): void {
    this.#lasting.set(issue.subject, issue);
    this.#onHealthIssue(issue);
  }

  clear(subject: string): void {
    if (this.#lasting.size > 0) this.#lasting.delete(subject);
  }

  /** Reports a issue of one message: it says nothing about the bridge's readiness. */
  report(issue: HealthIssue): void {
    this.#onHealthIssue(issue);
  }
}
