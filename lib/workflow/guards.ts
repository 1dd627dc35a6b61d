import { workflowCombinators } from "./combinators.ts";
import { guardChance } from "./guarded-chance.ts";
import { guardClocks } from "./guarded-clock.ts";
import { guardModules } from "./guarded-modules.ts";
import { guardedScope, outOfScope } from "./scope.ts";

/** Per copy of this library: each bundle in a process has its own scopes, and its guards stand on the others'. */
let isInstalled = false;

/**
 * Makes the process's clock, chance and I/O safe for workflow code (I8): inside it, clocks, `Math.random` and
 * `crypto.randomUUID` give values from history, and what cannot be made to throws an error that names the durable
 * alternative. Outside workflow code, and in inline tasks, everything is as it was. Once.
 */
export function installGuards(): void {
  if (isInstalled) return;
  isInstalled = true;
  guardClocks();
  guardChance();
  guardModules();
  guardOutput();
  Object.assign(
    Promise,
    workflowCombinators({
      race: Promise.race,
      any: Promise.any,
      all: Promise.all,
      allSettled: Promise.allSettled,
    }),
  );
}

/** What workflow code writes to the standard output is no I/O of its own. */
function guardOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const { write } = stream;
    stream.write = function (this: typeof stream, ...args: Parameters<typeof write>) {
      const writeNow = (): boolean => write.apply(this, args);
      return guardedScope() ? outOfScope(writeNow) : writeNow();
    } as typeof write;
  }
}
