import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { InfiniticError } from "../../lib/core/values/errors.ts";

/** A dynalite inside this process. */
export interface Dynalite {
  /** `http://…`. Any region, any credentials. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Starts dynalite, an imitation of DynamoDB in JavaScript, in memory and on a free port. It has no transactions,
 * no TTL calls and no `ALL_OLD`; tables are created and deleted at once.
 *
 * @throws InfiniticError `MISCONFIGURED` where it is not installed: it is an optional peer of the package
 * @example
 * const { endpoint, stop } = await startDynalite();
 */
export async function startDynalite(): Promise<Dynalite> {
  const dynalite = await loadDynalite();
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections(); // those kept alive by clients
      }),
  };
}

async function loadDynalite() {
  try {
    return (await import("dynalite")).default;
  } catch (cause) {
    const expected =
      "expected npm dynalite, the embedded store: npm install --save-dev dynalite, or --pulsar without it";
    throw new InfiniticError("MISCONFIGURED", `${expected}, got none`, { cause });
  }
}
