import { userInfo } from "node:os";
import { join } from "node:path";
import { freePorts } from "./free-ports.ts";
import { javaCommand, requireRuntime, resolveClasspath } from "./java.ts";
import { openServerDirectory } from "./server-directory.ts";
import { answers, type ServerProcess, startServerProcess } from "./server-process.ts";

const POM = join(import.meta.dirname, "dynamodb-local/pom.xml");
const MAIN_CLASS = "software.amazon.dynamodb.services.local.main.ServerRunner";
const IMAGE = "amazon/dynamodb-local:3.3.1";

export interface DynamoDbLocalOptions {
  /** Keeps the tables on disk, over restarts and crashes; without it they are in memory. */
  readonly dataDir?: string;
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** A DynamoDB Local on this machine. `restart()` keeps the port, and the tables when they are on disk. */
export interface DynamoDbLocal extends ServerProcess {
  /** `http://…`. Any region; access keys of letters and digits only. */
  readonly endpoint: string;
}

/**
 * Starts DynamoDB Local 3.3.1 on a free port and resolves when it answers: with Java and Maven, else with Docker.
 * It never outlives this process. Expired items (TTL) stay: hours pass before it deletes them.
 *
 * @throws InfiniticError MISCONFIGURED without Java, Maven and Docker, or when the download fails;
 * STORE_UNAVAILABLE, with the end of its log, when it does not answer.
 * @example
 * const { endpoint, stop } = await startDynamoDbLocal();
 * const credentials = { accessKeyId: "local", secretAccessKey: "local" };
 * const client = new DynamoDBClient({ endpoint, region: "local", credentials });
 */
export async function startDynamoDbLocal(options: DynamoDbLocalOptions = {}): Promise<DynamoDbLocal> {
  const { dataDir, onProgress, signal } = options;
  const runtime = await requireRuntime();
  const [port] = (await freePorts(1)) as [number];
  const classpath = runtime === "java" ? await resolveClasspath({ pom: POM, onProgress, signal }) : "";
  const directory = await openServerDirectory("infinitic-dynamodb-", dataDir);
  const name = `infinitic-dynamodb-${port}`;
  const storage = (path: string) => (directory.isTemporary ? ["-inMemory"] : ["-dbPath", path]);
  const endpoint = `http://127.0.0.1:${port}`;
  const server = await startServerProcess({
    name: "DynamoDB Local",
    command:
      runtime === "java"
        ? [
            javaCommand(),
            "-Xmx512m",
            "-cp",
            classpath,
            MAIN_CLASS,
            ...storage(directory.path),
            ...flags(port),
          ]
        : [...dockerRun(name, directory.path, port), ...storage("/data"), ...flags(port)],
    directory,
    isReady: () => answers(endpoint, 400), // to a request that is not signed
    unavailable: "STORE_UNAVAILABLE",
    orphanCleanup: runtime === "docker" ? `docker rm -f ${name}` : undefined,
    onProgress,
    signal,
  });
  return {
    endpoint,
    get pid() {
      return server.pid;
    },
    stop: server.stop,
    kill: server.kill,
    restart: server.restart,
  };
}

const flags = (port: number): readonly string[] => ["-sharedDb", "-disableTelemetry", "-port", String(port)];

const dockerRun = (name: string, path: string, port: number): [string, ...string[]] => [
  "docker",
  ...["run", "--rm", "--name", name, "--user", String(userInfo().uid)],
  ...["--volume", `${path}:/data`, "--publish", `127.0.0.1:${port}:${port}`],
  ...[IMAGE, "-jar", "DynamoDBLocal.jar"],
];
