import { startBenchSystem } from "./bench-system.ts";
import { runBench } from "./run-bench.ts";

await runBench({
  args: process.argv.slice(2),
  startSystem: startBenchSystem,
  print: (text) => process.stdout.write(text),
});
process.exit(0);
