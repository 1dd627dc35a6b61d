import { join } from "node:path";
import { freePorts } from "../local/free-ports.ts";
import { openServerDirectory } from "../local/server-directory.ts";
import { answers, startServerProcess } from "../local/server-process.ts";
import { pythonWith } from "../package/python.ts";

const SCRIPT = join(import.meta.dirname, "emulator.py");
const PACKAGES = ["moto[server]==5.2.5"];

/** An emulator of AWS that runs as a child process, with nothing in it at first. */
export interface Emulator {
  readonly endpoint: string;
  readonly region: string;
  /** The names of all that there is, by type. */
  resources(): Promise<EmulatedResources>;
  stop(): Promise<void>;
}

export interface EmulatedResources {
  readonly [type: string]: readonly string[];
}

/**
 * Starts an emulator of AWS that stacks can be deployed to. It keeps everything in memory, and runs no functions.
 *
 * @throws InfiniticError `MISCONFIGURED` without Python 3, `API_UNAVAILABLE` when it does not get ready
 */
export async function startEmulator(options: {
  readonly region: string;
  readonly onProgress: (line: string) => void;
}): Promise<Emulator> {
  const { region, onProgress } = options;
  const bin = await pythonWith(PACKAGES, onProgress);
  const [port] = (await freePorts(1)) as [number];
  // The framework puts a bucket's name before the host of an endpoint, unless that is an IP address.
  const endpoint = `http://127.0.0.1:${port}`;
  const list = `${endpoint}/emulator/resources`;
  const server = await startServerProcess({
    name: "the emulator of AWS",
    command: [join(bin, "python"), SCRIPT, String(port), region],
    directory: await openServerDirectory("infinitic-emulator-", undefined),
    isReady: () => answers(list, 200),
    unavailable: "API_UNAVAILABLE",
    onProgress,
  });
  return {
    endpoint,
    region,
    resources: async () => (await fetch(list)).json() as Promise<EmulatedResources>,
    stop: () => server.stop(),
  };
}
