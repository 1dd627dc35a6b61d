import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** What happens to one request; `meanwhile` is over before the connection breaks. */
export type Fault =
  /** The other side does what it is asked, and the connection breaks before its answer. */
  | { readonly kind: "answer-lost"; readonly meanwhile?: () => Promise<unknown> }
  /** The connection breaks before the other side has the request. */
  | { readonly kind: "request-lost"; readonly meanwhile?: () => Promise<unknown> }
  /** The other side has the request, and nobody ever answers. */
  | { readonly kind: "unanswered" }
  /** Passed on as if there were no faults: the next request's comes after it. */
  | { readonly kind: "passed" }
  /** Of a batch of writes, the other side is asked for the first `count`, and the rest is answered as undone. */
  | { readonly kind: "partly-done"; readonly count: number }
  /** Answered so, and not passed on. */
  | { readonly kind: "refused"; readonly status: number; readonly error: string; readonly message?: string };

/** An HTTP endpoint in front of another. */
export interface FaultyEndpoint {
  readonly endpoint: string;
  /** What befalls the next requests, one each. */
  readonly faults: Fault[];
  /** Operations asked for, in order. */
  readonly operations: string[];
  /** Headers of the requests, in order. */
  readonly headers: IncomingHttpHeaders[];
  stop(): Promise<void>;
}

/** Starts an endpoint that passes requests on to another, but for its faults. */
export async function startFaultyEndpoint(target: string): Promise<FaultyEndpoint> {
  const faults: Fault[] = [];
  const operations: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer(async (incoming, outgoing) => {
    operations.push(String(incoming.headers["x-amz-target"]).replace(/^.*\./, ""));
    headers.push(incoming.headers);
    const body = await buffer(incoming);
    const fault = faults.shift();
    if (fault?.kind === "request-lost") {
      await fault.meanwhile?.();
      return incoming.socket.destroy();
    }
    if (fault?.kind === "unanswered") return;
    if (fault?.kind === "refused") {
      const { status, error, message = error } = fault;
      outgoing.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
      return outgoing.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${error}`, message }));
    }
    const { asked, undone } = fault?.kind === "partly-done" ? cut(body, fault.count) : { asked: body };
    const answer = asked ? await pass(target, incoming, asked) : NOTHING_DONE;
    if (fault?.kind === "answer-lost") {
      await fault.meanwhile?.();
      return incoming.socket.destroy();
    }
    outgoing.writeHead(answer.status, answer.headers);
    if (undone === undefined) return outgoing.end(answer.body);
    return outgoing.end(JSON.stringify({ ...JSON.parse(answer.body.toString()), UnprocessedItems: undone }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    operations,
    headers,
    stop: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const NOTHING_DONE = { status: 200, headers: {}, body: Buffer.from("{}") };

/** Cuts a batch of writes to one table in two. */
function cut(body: Buffer, count: number): { readonly asked: Buffer | undefined; readonly undone: object } {
  const { RequestItems, ...request } = JSON.parse(body.toString());
  const [[table, writes]] = Object.entries<unknown[]>(RequestItems) as [[string, unknown[]]];
  const asked = { ...request, RequestItems: { [table]: writes.slice(0, count) } };
  return {
    asked: count === 0 ? undefined : Buffer.from(JSON.stringify(asked)),
    undone: { [table]: writes.slice(count) },
  };
}

async function pass(target: string, { method, headers: given }: IncomingMessage, body: Buffer) {
  const headers = { ...given, "content-length": body.length };
  const outgoing = send(target, { method: method ?? "POST", headers, agent: false });
  outgoing.end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const { connection: _, "content-length": __, ...kept } = answer.headers;
  return { status: answer.statusCode ?? 0, headers: kept, body: await buffer(answer) };
}
