import { createServer } from "node:net";
import { InfiniticError } from "../../lib/core/values/errors.ts";

/**
 * Below what operating systems hand to outgoing connections: a client that reconnects to a port of that range
 * while its server is down can be given the very port it dials, connect to itself, and keep the server out.
 */
const FIRST = 20_000;
const LAST = 32_000;

/**
 * Finds ports of 127.0.0.1 that nobody listens on now. They are not reserved: bind them soon.
 *
 * @example
 * const [broker, web] = await freePorts(2);
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (let port = FIRST + Math.floor(Math.random() * (LAST - FIRST - 1_000)); port < LAST; port++) {
    if (await isPortFree(port)) found.push(port);
    if (found.length === count) return found;
  }
  throw new InfiniticError("MISCONFIGURED", `expected ${count} free ports between ${FIRST} and ${LAST}`);
}

/** Tells whether nobody listens on a port of 127.0.0.1 now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
