import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An issuer of OAuth 2.0 tokens: `token 1`, `token 2` … to whoever knows the secret. */
export interface Issuer {
  readonly issuerUrl: string;
  /** The forms that asked for tokens. */
  readonly asked: { readonly [name: string]: string }[];
  /** What it answers in place of a token, from now on. */
  refusal:
    | { readonly status: number; readonly error?: string; readonly error_description?: string }
    | undefined;
  /** How long tokens last, in seconds. */
  life: number | undefined;
  stop(): Promise<void>;
}

/** Starts an issuer that knows one client. */
export async function startIssuer({
  clientId,
  clientSecret,
}: {
  readonly clientId: string;
  readonly clientSecret: string;
}): Promise<Issuer> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const answer = (status: number, json: object): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(json));
    };
    if (request.url === "/.well-known/openid-configuration") {
      return answer(200, { issuer: issuer.issuerUrl, token_endpoint: `${issuer.issuerUrl}oauth/token` });
    }
    if (request.url !== "/oauth/token" || request.method !== "POST") return answer(404, {});
    const form = Object.fromEntries(new URLSearchParams(body));
    issuer.asked.push(form);
    if (issuer.refusal) return answer(issuer.refusal.status, issuer.refusal);
    if (form["client_id"] !== clientId || form["client_secret"] !== clientSecret) {
      return answer(401, { error: "invalid_client", error_description: "no such client" });
    }
    answer(200, {
      access_token: `token ${issuer.asked.length}`,
      token_type: "Bearer",
      ...(issuer.life !== undefined && { expires_in: issuer.life }),
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer: Issuer = {
    issuerUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked: [],
    refusal: undefined,
    life: 3_600,
    stop: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return issuer;
}
