import type { IncomingMessage } from "../../ports/broker.ts";
import { recordText } from "../dispatch/request.ts";
import { streamRecordText } from "../dispatch/stream-request.ts";
import type { Route } from "../options.ts";

/** Measures messages as records of the requests to a route's function, in bytes; each is encoded once. */
export function recordSizes({ handler }: Pick<Route, "handler">): (message: IncomingMessage) => number {
  const textOf = handler === "stream" ? streamRecordText : recordText;
  const sizes = new WeakMap<IncomingMessage, number>();
  return (message) => {
    const known = sizes.get(message);
    if (known !== undefined) return known;
    const bytes = Buffer.byteLength(textOf(message)) + 1;
    sizes.set(message, bytes);
    return bytes;
  };
}
