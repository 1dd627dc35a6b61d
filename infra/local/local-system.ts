import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { openClient } from "../../lib/adapters/dynamodb/client.ts";
import { dynamoDbStores } from "../../lib/adapters/dynamodb/stores.ts";
import { createTable } from "../../lib/adapters/dynamodb/table.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { SUBSCRIPTION } from "../../lib/core/protocol/topics.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { BridgeConfig } from "../bridge/config.ts";
import { LOCAL_PULSAR, type OfflineReady } from "../serverless-plugin/offline.ts";
import { type Backing, startEmbeddedBacking, startRealBacking } from "./backing.ts";
import { type Child, type ChildOptions, startChild } from "./child-process.ts";
import { freePorts, isPortFree } from "./free-ports.ts";
import { isOfflineNoise } from "./offline-noise.ts";

/** Where `serverless.yml` is. */
const SERVICE = process.cwd();
/** As source or, in the published package, compiled. */
export const BRIDGE = join(import.meta.dirname, `../bridge/bridge${extname(import.meta.filename)}`);

/** For everything local: any region of AWS, any key of letters and digits. */
const AWS = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };

/** Otherwise serverless-offline runs one worker thread for each parallel call. */
const IN_PROCESS = ["--useInProcess", "--noSponsor", "--disableCookieValidation"];

/** How long ending may take: the bridge waits for what is in flight, serverless-offline for open calls. */
const DRAIN_MS = 8_000;
const GRACE_MS = 12_000;
const WATCH_MS = 1_000;

/** What a local system is made of. */
export interface LocalOptions {
  /** Of the API. */
  readonly port: number;
  /** On a real Pulsar and DynamoDB Local. */
  readonly isReal: boolean;
  /** Without a bridge, messages wait in the broker until one is started by hand. */
  readonly hasBridge: boolean;
  /** Arguments for the Serverless Framework: stage, parameters, configuration file. */
  readonly serverless: readonly string[];
  readonly print: (line: string) => void;
}

/** The service of the current directory's `serverless.yml`: broker, store, functions, API and bridge. */
export class LocalSystem {
  /** Resolves when a part has ended that should not have, with what happened. */
  readonly failed: Promise<string>;
  readonly #options: LocalOptions;
  readonly #fail: (what: string) => void;
  readonly #stopping = new AbortController();
  /** What stops the parts that were started, in the order of their start. */
  readonly #stops: (() => Promise<void>)[] = [];
  #starting: Promise<unknown> = Promise.resolve();

  constructor(options: LocalOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.failed = promise;
    this.#fail = resolve;
  }

  /**
   * Starts all parts; resolves when they answer.
   *
   * @returns the API's address, the broker's, what it stands on, and the configuration of its bridge
   */
  start(): Promise<{
    readonly url: string;
    readonly webUrl: string;
    readonly backing: string;
    readonly bridgeConfig: string;
  }> {
    const starting = this.#start();
    this.#starting = starting;
    return starting;
  }

  /** Stops all parts in order, the last started first, also while they start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#starting.catch(() => undefined);
    for (const stop of this.#stops.reverse()) await stop();
  }

  async #start() {
    const { port, hasBridge, print, isReal } = this.#options;
    const { signal } = this.#stopping;
    if (!(await isPortFree(port))) {
      throw new InfiniticError(
        "MISCONFIGURED",
        `expected port ${port} to be free: choose another with --port`,
      );
    }
    const backing = isReal
      ? await startRealBacking({ onProgress: print, signal })
      : await startEmbeddedBacking();
    this.#stops.push(() => backing.stop());
    this.#watch(backing);

    const [lambdaPort] = (await freePorts(1)) as [number];
    const lambdaUrl = `http://127.0.0.1:${lambdaPort}`;
    const { tableName, bridge } = await this.#startFunctions(backing, lambdaPort, lambdaUrl);
    await prepareTable(backing, tableName);
    await subscribe(backing, bridge);

    const config = {
      pulsar: { webUrl: backing.webUrl },
      lambda: { endpoint: lambdaUrl, region: AWS.AWS_REGION },
      healthPort: 0,
      bridge: { ...bridge, drainMs: DRAIN_MS },
    } satisfies BridgeConfig;
    const bridgeConfig = JSON.stringify(config);
    if (hasBridge) await this.#startBridge(bridgeConfig);
    const { description, webUrl } = backing;
    return { url: `http://localhost:${port}`, webUrl, backing: description, bridgeConfig };
  }

  /** Starts serverless-offline; its plugin tells when both of its servers listen. */
  async #startFunctions(backing: Backing, lambdaPort: number, lambdaUrl: string): Promise<OfflineReady> {
    const { port, print, serverless } = this.#options;
    const buildFolder = `.esbuild/${process.pid}`; // of its own: several systems may run side by side
    this.#stops.push(() => rm(join(SERVICE, buildFolder), { recursive: true, force: true }));
    const child = this.#startChild({
      name: "serverless-offline",
      script: frameworkOf(SERVICE),
      args: [
        "offline",
        "start",
        "--httpPort",
        String(port),
        "--lambdaPort",
        String(lambdaPort),
        ...IN_PROCESS,
        ...serverless,
      ],
      env: {
        ESBUILD_WORK_FOLDER: buildFolder,
        [LOCAL_PULSAR]: backing.webUrl,
        AWS_ENDPOINT_URL_DYNAMODB: backing.dynamoDbUrl,
        AWS_ENDPOINT_URL_LAMBDA: lambdaUrl,
        SLS_TELEMETRY_DISABLED: "1",
        NO_COLOR: "1",
      },
      onLine: (line) => {
        if (!isOfflineNoise(line)) print(`[functions] ${line}`);
      },
    });
    return (await this.#unlessEnded(child.message)) as OfflineReady;
  }

  async #startBridge(config: string): Promise<void> {
    const ready = Promise.withResolvers<void>();
    this.#startChild({
      name: "the bridge",
      script: BRIDGE,
      env: { BRIDGE_CONFIG: config },
      onLine: (line) => {
        if (line.startsWith('{"ready":true')) ready.resolve();
        else this.#options.print(`[bridge] ${line}`);
      },
    });
    await this.#unlessEnded(ready.promise);
  }

  #startChild({ env, ...options }: Omit<ChildOptions, "graceMs">): Child {
    this.#stopping.signal.throwIfAborted();
    const { AWS_PROFILE: _, AWS_SESSION_TOKEN: __, NODE_OPTIONS: ___, ...inherited } = process.env;
    // As deployed functions have it: stacks tell the sources.
    const fixed = { ...inherited, ...AWS, NODE_OPTIONS: "--enable-source-maps" };
    const child = startChild({ ...options, env: { ...fixed, ...env }, graceMs: GRACE_MS });
    this.#stops.push(() => child.stop());
    void child.ended.then((how) => this.#fail(`${options.name} ended with ${how}`));
    return child;
  }

  /** @throws InfiniticError `MISCONFIGURED` when a part ends meanwhile */
  async #unlessEnded<T>(wanted: Promise<T>): Promise<T> {
    const { signal } = this.#stopping;
    const stopped = new Promise<string>((resolve) => {
      signal.addEventListener("abort", () => resolve("it was stopped"), { once: true });
    });
    const ended = Promise.race([this.failed, stopped]).then((what) => {
      throw new InfiniticError("MISCONFIGURED", `expected everything to start, got: ${what}`);
    });
    return Promise.race([wanted, ended]);
  }

  /** Notices when a server dies that is no child of this object. */
  #watch({ servers }: Backing): void {
    const timer = setInterval(() => {
      const dead = servers.find(({ pid }) => !isRunning(pid));
      if (dead) this.#fail(`${dead.name} ended`);
    }, WATCH_MS);
    this.#stopping.signal.addEventListener("abort", () => clearInterval(timer));
  }
}

/**
 * The Serverless Framework of a project.
 *
 * @throws InfiniticError `MISCONFIGURED`
 */
function frameworkOf(directory: string): string {
  try {
    return createRequire(join(directory, "package.json")).resolve("serverless/bin/serverless.js");
  } catch (cause) {
    const expected = `expected the Serverless Framework in ${directory}, where serverless.yml is: npm install --save-dev serverless@npm:osls`;
    throw new InfiniticError("MISCONFIGURED", `${expected}, got none`, { cause });
  }
}

async function prepareTable({ dynamoDbUrl }: Backing, tableName: string): Promise<void> {
  const target = { endpoint: dynamoDbUrl, region: AWS.AWS_REGION };
  const client = openClient(target);
  await createTable(client, tableName);
  client.destroy();
  // Nothing waits in a new table: without a cursor the first sweep would look at every minute of a day.
  const { dueStore } = dynamoDbStores({ ...target, tableName, clock: systemClock });
  await dueStore.moveCursor(undefined, Math.floor(systemClock.now() / 60_000));
}

/** Subscriptions first, as a deployment makes them: what is sent before a bridge comes is kept for it. */
async function subscribe(
  { webUrl }: Backing,
  { routes, triggers = [] }: OfflineReady["bridge"],
): Promise<void> {
  const broker = new PulsarWebSocketBroker({ webUrl });
  await Promise.all(
    [...routes, ...triggers].map(({ topic, type = "key_shared", subscription = SUBSCRIPTION }) =>
      broker.ensureSubscription({ topic, type, subscription }),
    ),
  );
  await broker.close();
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
