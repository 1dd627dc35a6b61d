import { workflowCombinators } from "./combinators.ts";
import { guardChance } from "./guarded-chance.ts";
import { guardClocks } from "./guarded-clock.ts";
import { guardConsole } from "./guarded-console.ts";
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
  guardConsole();
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

/** What workflow code writes to the standard output is no I/O of its own. A replay does not write it again. */
function guardOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const { write } = stream;
    stream.write = function (this: typeof stream, ...args: Parameters<typeof write>) {
      const writeNow = (): boolean => write.apply(this, args);
      const scope = guardedScope();
      if (scope?.execution.output.isRepeated(scope)) return true;
      return scope ? outOfScope(writeNow) : writeNow();
    } as typeof write;
  }
}
