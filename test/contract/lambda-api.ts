import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** What the stub does with a request once it has read it. */
export type Reaction = (request: IncomingMessage, response: ServerResponse, body: string) => unknown;

/** A server that answers every Invoke request in one way. */
export interface LambdaApiStub {
  readonly endpoint: string;
  close(): Promise<void>;
}

export async function startLambdaApiStub(react: Reaction): Promise<LambdaApiStub> {
  const server = createServer((request, response) => {
    text(request).then(
      (body) => react(request, response, body),
      () => undefined, // whoever asked is gone
    );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}

/** An error as Lambda answers it: the type in a header, with a namespace, and the message in the body. */
export function refusal(status: number, type: string, body: object): Reaction {
  return (_request, response) => {
    const headers = { "content-type": "application/json", "x-amzn-errortype": type };
    response.writeHead(status, headers).end(JSON.stringify(body));
  };
}

/** An answer of a function that failed. */
export function functionError(kind: "Handled" | "Unhandled", body: string): Reaction {
  return (_request, response) => {
    const headers = { "x-amz-function-error": kind, "x-amz-executed-version": "$LATEST" };
    response.writeHead(200, headers).end(body);
  };
}
