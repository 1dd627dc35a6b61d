import { once } from "node:events";
import type { AddressInfo } from "node:net";
import dynalite from "dynalite";

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
 * @example
 * const { endpoint, stop } = await startDynalite();
 */
export async function startDynalite(): Promise<Dynalite> {
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
