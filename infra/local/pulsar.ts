import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { networkInterfaces, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { freePorts } from "./free-ports.ts";
import { findRuntime, javaCommand, requireRuntime, resolveClasspath } from "./java.ts";
import { openServerDirectory } from "./server-directory.ts";
import { answers, type ServerProcess, startServerProcess } from "./server-process.ts";
import type { TokenIssuer } from "./token-issuer.ts";

const HERE = join(import.meta.dirname, "pulsar");
const IMAGE = "apachepulsar/pulsar:4.2.4";

/** Every port that a standalone broker opens, all on 127.0.0.1. */
export interface PulsarPorts {
  readonly broker: number;
  /** Admin API and WebSocket API. */
  readonly web: number;
  readonly bookie: number;
}

export interface PulsarOptions {
  /** Keeps the data, the ports and the log over restarts; without it they are temporary, and gone after `stop()`. */
  readonly dataDir?: string;
  /** Default: those of the data directory, else free ones. */
  readonly ports?: PulsarPorts;
  /** Lets in only who has a token of this one; everybody unless given. */
  readonly tokens?: TokenIssuer;
  /** Begins with an empty broker whatever the data directory holds. */
  readonly wipe?: boolean;
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** A real Pulsar, alone on this machine. `restart()` keeps ports and data. */
export interface Pulsar extends ServerProcess {
  /** `pulsar://…`, for native clients. */
  readonly serviceUrl: string;
  /** `http://…`, for the admin API; the WebSocket API is served there too. */
  readonly webUrl: string;
}

/** Tells whether `startPulsar` can work here, and if not, why. */
export async function isPulsarAvailable(): Promise<{ readonly available: boolean; readonly reason: string }> {
  const runtime = await findRuntime();
  return runtime.kind === "missing"
    ? { available: false, reason: runtime.reason }
    : { available: true, reason: `runs on ${runtime.kind}` };
}

/**
 * Starts a real Pulsar 4.2.4 (standalone) and resolves when it is healthy: with Java and Maven, else with Docker.
 * It listens on 127.0.0.1 only, any number of them run side by side, and none outlives this process.
 *
 * @throws InfiniticError MISCONFIGURED without Java, Maven and Docker, or when the download fails;
 * BROKER_UNAVAILABLE, with the end of the broker's log, when it does not get healthy.
 * @example
 * const pulsar = await startPulsar({ onProgress: console.log });
 * await fetch(`${pulsar.webUrl}/admin/v2/persistent/public/default`);
 * await pulsar.stop();
 */
export async function startPulsar(options: PulsarOptions = {}): Promise<Pulsar> {
  const { dataDir, tokens, wipe, onProgress, signal } = options;
  const runtime = await requireRuntime();
  const pom = join(HERE, "pom.xml");
  const classpath = runtime === "java" ? await resolveClasspath({ pom, onProgress, signal }) : "";
  if (wipe && dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
  const directory = await openServerDirectory("infinitic-pulsar-", dataDir);
  const ports = options.ports ?? (await portsOf(directory.path));
  await configure(directory.path, {
    ...addressSettings(ports, runtime === "java" ? "127.0.0.1" : "0.0.0.0"),
    ...tokens?.settings,
  });

  const name = `infinitic-pulsar-${ports.web}`;
  const webUrl = `http://127.0.0.1:${ports.web}`;
  const server = await startServerProcess({
    name: "Pulsar",
    command:
      runtime === "java"
        ? javaBroker(directory.path, ports, classpath)
        : dockerBroker(directory.path, ports, name),
    directory,
    isReady: () => isReady(webUrl, tokens && { Authorization: `Bearer ${tokens.admin}` }),
    unavailable: "BROKER_UNAVAILABLE",
    orphanCleanup: runtime === "docker" ? `docker rm -f ${name}` : undefined,
    onProgress,
    signal,
  });
  return {
    serviceUrl: `pulsar://127.0.0.1:${ports.broker}`,
    webUrl,
    get pid() {
      return server.pid;
    },
    stop: server.stop,
    kill: server.kill,
    restart: server.restart,
  };
}

/** A new broker is healthy up to seconds before it has made its default namespace. */
const isReady = async (webUrl: string, headers: { readonly [name: string]: string } = {}): Promise<boolean> =>
  (await answers(`${webUrl}/admin/v2/brokers/health`, 200, headers)) &&
  (await answers(`${webUrl}/admin/v2/namespaces/public/default`, 200, headers));

/** The ports belong to the data: entries are found by the address of the bookie that wrote them. */
async function portsOf(dir: string): Promise<PulsarPorts> {
  const file = join(dir, "ports.json");
  if (existsSync(file)) return JSON.parse(await readFile(file, "utf8")) as PulsarPorts;
  const [broker, web, bookie] = (await freePorts(3)) as [number, number, number];
  const ports: PulsarPorts = { broker, web, bookie };
  await writeFile(file, JSON.stringify(ports));
  return ports;
}

function addressSettings(ports: PulsarPorts, bindAddress: string) {
  const loopback = Object.entries(networkInterfaces()).find(([, addresses]) => addresses?.[0]?.internal);
  return {
    brokerServicePort: ports.broker,
    webServicePort: ports.web,
    bindAddress,
    // Against its name: without it the bookie ignores --bookkeeper-port and takes any port.
    allowEphemeralPorts: true,
    listeningInterface: loopback?.[0] ?? "lo",
  };
}

async function configure(dir: string, settings: object): Promise<void> {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  const template = await readFile(join(HERE, "conf/standalone.conf"), "utf8");
  await writeFile(join(dir, "standalone.conf"), template + lines.join(""));
}

const standaloneArguments = (dir: string, { bookie }: PulsarPorts): readonly string[] => [
  ...["--metadata-dir", `${dir}/metadata`],
  ...["--bookkeeper-dir", `${dir}/bookkeeper`],
  ...["--bookkeeper-port", String(bookie)],
  ...["--advertised-address", "127.0.0.1"],
  "--no-functions-worker",
  "--no-stream-storage",
];

/** The packages that Pulsar, Netty and RocksDB open by reflection. */
const OPENED = [
  ...["java.base/java.io", "java.base/java.nio", "java.base/java.util.zip", "java.base/sun.net"],
  ...["java.base/jdk.internal.misc", "java.base/jdk.internal.platform", "java.management/sun.management"],
];
const METADATA_DRIVER = "org.apache.pulsar.metadata.bookkeeper.PulsarMetadata";

const javaBroker = (dir: string, ports: PulsarPorts, classpath: string): [string, ...string[]] => [
  javaCommand(),
  ...["-Xms512m", "-Xmx1g", "-XX:MaxDirectMemorySize=1g"],
  ...["-Djava.net.preferIPv4Stack=true", "-Dio.netty.tryReflectionSetAccessible=true"],
  ...OPENED.flatMap((opened) => ["--add-opens", `${opened}=ALL-UNNAMED`]),
  `-Dbookkeeper.metadata.bookie.drivers=${METADATA_DRIVER}BookieDriver`,
  `-Dbookkeeper.metadata.client.drivers=${METADATA_DRIVER}ClientDriver`,
  ...["-Dlog4j.shutdownHookEnabled=false", "-Dlog4j2.is.webapp=false"],
  "-Dpulsar.allocator.exit_on_oom=false",
  ...["-cp", [join(HERE, "conf"), classpath].join(delimiter)],
  "org.apache.pulsar.PulsarStandaloneStarter",
  ...["--config", join(dir, "standalone.conf")],
  ...standaloneArguments(dir, ports),
];

const dockerBroker = (dir: string, ports: PulsarPorts, name: string): [string, ...string[]] => [
  "docker",
  ...["run", "--rm", "--name", name, "--user", `${userInfo().uid}:0`, "--volume", `${dir}:/pulsar/local`],
  ...[ports.broker, ports.web].flatMap((port) => ["--publish", `127.0.0.1:${port}:${port}`]),
  ...["--env", "PULSAR_STANDALONE_CONF=/pulsar/local/standalone.conf", IMAGE, "bin/pulsar", "standalone"],
  ...standaloneArguments("/pulsar/local", ports),
];
