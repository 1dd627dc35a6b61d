import { relative } from "node:path";
import { LOCAL_PULSAR } from "../serverless-plugin/offline.ts";
import { readArguments } from "./local-arguments.ts";
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
 * Runs the service of `serverless.yml` on this machine until Ctrl-C, and then ends the process. The process's arguments
 * are those of local-arguments.ts.
 *
 * @param command what whoever ran it calls it
 * @param tried tells, once everything answers, how to end with `--exit`: 0 is all well. Not called without a bridge.
 * @param howTo what is printed once it stays up
 */
export async function runLocal(
  command: string,
  tried: (system: RunningSystem) => Promise<End>,
  howTo: (url: string) => string,
): Promise<never> {
  const asked = readArguments(process.argv.slice(2), command);
  if (asked.kind === "told") {
    (asked.exitCode === 0 ? console.log : console.error)(asked.text);
    process.exit(asked.exitCode);
  }
  const { isToExit, ...options } = asked.arguments;
  const { hasBridge, serverless } = options;
  const print = (line: string): void => console.log(line);
  const interrupted = Promise.withResolvers<void>();
  // On and not once: a terminal's Ctrl-C comes twice, from the terminal and from npm.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.resolve());
  const system = new LocalSystem({ ...options, print });

  async function run(): Promise<End> {
    const { url, webUrl, backing, bridgeConfig } = await system.start();
    print(`Ready: ${url} on ${backing}`);
    if (!hasBridge) {
      const script = relative(process.cwd(), BRIDGE);
      print(`No bridge. To start one: BRIDGE_CONFIG='${bridgeConfig}' node ${script}`);
    }
    const end = hasBridge ? await tried({ url, print }) : { exitCode: 1, why: "no bridge" };
    if (isToExit) return end;
    print(
      `Parked messages: ${LOCAL_PULSAR}=${webUrl} npx serverless infinitic redrive --dry-run${asTyped(serverless)}`,
    );
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

/** Arguments as a shell takes them. */
function asTyped(args: readonly string[]): string {
  return args
    .map((one) => (/^[\w@%+=:,./-]+$/.test(one) ? ` ${one}` : ` '${one.replaceAll("'", "'\\''")}'`))
    .join("");
}
