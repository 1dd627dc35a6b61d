import { InfiniticError } from "../../core/values/errors.ts";
import type { Token } from "../renewed-token.ts";

/** Who asks whom for a token. */
export interface ClientCredentials {
  /** Tells at `/.well-known/openid-configuration` where tokens are given. */
  readonly issuerUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly audience?: string;
  readonly scope?: string;
}

const TIMEOUT_MS = 10_000;

/**
 * Gets an access token by OAuth 2.0's client credentials grant.
 *
 * @param now epoch milliseconds
 * @throws InfiniticError `MISCONFIGURED` when it is refused, `BROKER_UNAVAILABLE` when the issuer does not answer; never
 *   with the secret
 * @example
 * const { value } = await requestToken({ issuerUrl: "https://login.example.com", clientId, clientSecret }, Date.now());
 */
export async function requestToken(credentials: ClientCredentials, now: number): Promise<Token> {
  const { issuerUrl, clientId, clientSecret, audience, scope } = credentials;
  const base = issuerUrl.replace(/\/+$/, "");
  const { token_endpoint: endpoint } = await ask(issuerUrl, `${base}/.well-known/openid-configuration`);
  if (typeof endpoint !== "string") throw refusal(issuerUrl, "the address where tokens are given", "none");
  const { access_token: value, expires_in: seconds } = await ask(issuerUrl, endpoint, {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    ...(audience !== undefined && { audience }),
    ...(scope !== undefined && { scope }),
  });
  if (typeof value !== "string" || value === "") throw refusal(issuerUrl, "an access token", "none");
  const life = Number(seconds) * 1_000;
  return Number.isFinite(life) ? { value, expiresAt: now + life } : { value };
}

type Answer = { readonly [name: string]: unknown };

async function ask(issuerUrl: string, url: string, form?: Record<string, string>): Promise<Answer> {
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    status = response.status;
    text = await response.text();
  } catch (cause) {
    const { message, cause: reason } = cause as Error;
    const got = reason instanceof Error && reason.message ? reason.message : message;
    throw new InfiniticError("BROKER_UNAVAILABLE", `expected an answer of ${url}, got: ${got}`, { cause });
  }
  const answer = parse(text);
  if (status === 200 && answer) return answer;
  const told = [answer?.["error"], answer?.["error_description"]].filter((part) => typeof part === "string");
  const got = [`HTTP ${status} of ${url}`, ...told].join(" ");
  if (status >= 500 || status === 429) {
    throw new InfiniticError("BROKER_UNAVAILABLE", `expected a token of ${issuerUrl}, got ${got}`);
  }
  throw refusal(issuerUrl, "a token", got);
}

function parse(text: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? (answer as Answer) : undefined;
  } catch {
    return undefined;
  }
}

function refusal(issuerUrl: string, expected: string, got: string): InfiniticError {
  return new InfiniticError("MISCONFIGURED", `expected ${expected} of ${issuerUrl}, got ${got}`);
}
