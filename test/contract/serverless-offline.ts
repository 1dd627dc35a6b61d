import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

const SERVERLESS = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");

/** A running serverless-offline. */
export interface ServerlessOffline {
  /** Of its Lambda endpoint. */
  readonly lambdaPort: number;
  stop(): Promise<void>;
}

/** Starts serverless-offline for the service in `directory`, on free ports. */
export async function startServerlessOffline(directory: URL): Promise<ServerlessOffline> {
  const [httpPort, lambdaPort] = await freePorts();
  const options = ["--host", "127.0.0.1", "--httpPort", `${httpPort}`, "--lambdaPort", `${lambdaPort}`];
  const child = spawn(process.execPath, [SERVERLESS, "offline", ...options], {
    cwd: directory,
    env: { ...process.env, SLS_TELEMETRY_DISABLED: "1", NO_COLOR: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(child, "exit");
  const lines: string[] = [];
  const ready = Promise.withResolvers<void>();
  createInterface(child.stderr).on("line", (line) => {
    lines.push(line);
    if (line.includes("[http for lambda] listening")) ready.resolve();
  });
  exited.then(() => ready.reject(new Error(`serverless-offline ended:\n${lines.join("\n")}`)));
  await ready.promise;
  return {
    lambdaPort,
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Two ports that were free a moment ago: serverless-offline does not tell which it took for 0. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(async (server) => {
      await once(server.listen(0, "127.0.0.1"), "listening");
      const address = server.address();
      return typeof address === "object" && address !== null ? address.port : 0;
    }),
  );
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return [ports[0] ?? 0, ports[1] ?? 0];
}
