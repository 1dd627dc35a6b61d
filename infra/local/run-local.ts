import { relative } from "node:path";
import { parseArgs } from "node:util";
import { LOCAL_PULSAR } from "../serverless-plugin/offline.ts";
import { BRIDGE, LocalSystem } from "./local-system.ts";

/** A local system that runs, and what it prints with. */
export interface RunningSystem {
  readonly url: string;
  readonly print: (line: string) => void;
}

/** How it ends: with which exit code, and why. */
interface End {
  readonly exitCode: number;
  readonly why: string;
}

/**
 * Runs the service of `serverless.yml` on this machine until Ctrl-C, and then ends the process.
 *
 * `--port N`: the API's port, 3000 unless given. `--pulsar`: on a real Pulsar and DynamoDB Local. `--exit`: end once
 * it was tried. `--no-bridge`: start everything but the bridge, and print the configuration for one.
 *
 * @param tried tells, once everything answers, how to end with `--exit`: 0 is all well. Not called without a bridge.
 * @param howTo what is printed once it stays up
 */
export async function runLocal(
  tried: (system: RunningSystem) => Promise<End>,
  howTo: (url: string) => string,
): Promise<never> {
  const { port, isReal, hasBridge, isToExit } = readArguments();
  const print = (line: string): void => console.log(line);
  const interrupted = Promise.withResolvers<void>();
  // On and not once: a terminal's Ctrl-C comes twice, from the terminal and from npm.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.resolve());
  const system = new LocalSystem({ port, isReal, hasBridge, print });

  async function run(): Promise<End> {
    const { url, webUrl, backing, bridgeConfig } = await system.start();
    print(`Ready: ${url} on ${backing}`);
    if (!hasBridge) {
      const script = relative(process.cwd(), BRIDGE);
      print(`No bridge. To start one: BRIDGE_CONFIG='${bridgeConfig}' node ${script}`);
    }
    const end = hasBridge ? await tried({ url, print }) : { exitCode: 1, why: "no bridge" };
    if (isToExit) return end;
    print(`Parked messages: ${LOCAL_PULSAR}=${webUrl} npx serverless infinitic replay --dry-run`);
    print(howTo(url));
    return new Promise<never>(() => undefined);
  }

  const { exitCode, why } = await Promise.race<End>([
    interrupted.promise.then(() => ({ exitCode: 0, why: "interrupted" })),
    system.failed.then((what) => ({ exitCode: 1, why: what })),
    run().catch((error: unknown) => ({ exitCode: 1, why: String(error) })),
  ]);
  print(`Stopping: ${why}`);
  await system.stop();
  print("Stopped.");
  process.exit(exitCode);
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "3000" },
      pulsar: { type: "boolean", default: false },
      exit: { type: "boolean", default: false },
      "no-bridge": { type: "boolean", default: false },
    },
  });
  const port = Number(values.port);
  if (!(Number.isInteger(port) && port > 0 && port < 65_536)) {
    console.error(`Expected a port from 1 to 65535, got ${values.port}`);
    process.exit(2);
  }
  return { port, isReal: values.pulsar, hasBridge: !values["no-bridge"], isToExit: values.exit };
}
