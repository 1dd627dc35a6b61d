import type { Reporter, TestModule } from "vitest/node";

/**
 * Ends the output of a run with a line that every CI can read: `N passed, N failed`, then `, N skipped` if any
 * were. A file or a suite that fails outside its tests counts as a failed test, and so does each unhandled error;
 * a run that fails for any other reason has one.
 */
export default class ClosingLine implements Reporter {
  #counts = { passed: 0, failed: 0, skipped: 0 };

  onInit(): void {
    // Later than vitest's own last words, and also when it ends before it has run anything.
    process.once("exit", (code) => this.#print(code));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    this.#counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) this.#count(module);
  }

  #count(module: TestModule): void {
    for (const suite of [module, ...module.children.allSuites()]) {
      if (suite.errors().length > 0) this.#counts.failed++;
    }
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      this.#counts[state === "pending" ? "failed" : state]++; // begun, and never ended
    }
  }

  #print(exitCode: number): void {
    const { passed, failed, skipped } = this.#counts;
    const failures = failed === 0 && exitCode !== 0 ? 1 : failed;
    const end = skipped === 0 ? "" : `, ${skipped} skipped`;
    console.log(`${passed} passed, ${failures} failed${end}`);
  }
}
