import type { BridgeProcess } from "./bridge-process.ts";

/**
 * Lets a bridge be this process's work: prints `{"ready":true,"healthPort":…}` once every topic is subscribed, and
 * drains at SIGTERM or SIGINT, after which the process ends, with exit code 0 if all was handed over. A second signal
 * ends it at once.
 */
export async function runUntilSignal(running: BridgeProcess, log: (line: string) => void): Promise<void> {
  let isStopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      isStopping = true;
      running.close().then(
        () => process.exit(0),
        (error: unknown) => {
          log(String(error));
          process.exit(1);
        },
      );
    });
  }
  await running.started;
  if (!isStopping)
    process.stdout.write(`${JSON.stringify({ ready: true, healthPort: running.healthPort })}\n`);
}
