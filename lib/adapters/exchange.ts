import { type Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { startTimer } from "../core/values/long-timer.ts";

export interface OutgoingRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number;
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Buffer;
}

export type Exchanged =
  | {
      readonly kind: "response";
      readonly status: number;
      readonly headers: IncomingMessage["headers"];
      readonly body: string;
    }
  /** Sent whole; no whole answer came in time. */
  | { readonly kind: "timed-out" }
  /** Not sent, or the connection broke: what the other side did is unknown. */
  | { readonly kind: "unavailable"; readonly message: string };

/** Posts one request and reads its whole answer. Never rejects. */
export function exchange(
  { protocol, hostname, port, path, headers, body }: OutgoingRequest,
  { agent, timeoutMs }: { readonly agent: Agent; readonly timeoutMs: number },
): Promise<Exchanged> {
  const { promise, resolve } = Promise.withResolvers<Exchanged>();
  const request = protocol === "https:" ? httpsRequest : httpRequest;
  const outgoing = request({ method: "POST", protocol, host: hostname, port, path, headers, agent });
  const giveUp = () => {
    const message = `Expected to have sent the request within ${timeoutMs} ms, got no connection`;
    settle(outgoing.writableFinished ? { kind: "timed-out" } : { kind: "unavailable", message });
    outgoing.destroy();
  };
  const stop = startTimer(timeoutMs, giveUp, { start: setTimeout, stop: clearTimeout });
  const settle = (outcome: Exchanged) => {
    stop();
    resolve(outcome);
  };
  const fail = (error: Error) => settle({ kind: "unavailable", message: error.message });
  outgoing.on("error", fail);
  outgoing.on("response", (incoming) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("error", fail);
    incoming.on("end", () => {
      const { statusCode: status = 0, headers } = incoming;
      settle({ kind: "response", status, headers, body: Buffer.concat(chunks).toString() });
    });
  });
  outgoing.end(body);
  return promise;
}
