import { requestToken } from "../adapters/oauth2/client-credentials.ts";
import { RenewedToken } from "../adapters/renewed-token.ts";
import { systemClock } from "../adapters/system-clock.ts";
import { tokenText } from "../adapters/token-text.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { readSecret, type SecretClient } from "./secret.ts";

/** How Pulsar is told who connects: by a token, by one that an issuer gives, or not at all. */
export interface PulsarLogin {
  /** Where the token is. */
  readonly token?: string | undefined;
  readonly oauth2?: OAuth2 | undefined;
}

/** OAuth 2.0, the client credentials grant. */
export interface OAuth2 {
  readonly issuerUrl: string;
  readonly audience?: string;
  readonly scope?: string;
  /** Where the credentials are: a secret with `client_id` and `client_secret`, as in Pulsar's key files. */
  readonly credentials: string;
}

/**
 * Makes what gives Pulsar's tokens; secrets are read when one is needed. Undefined where Pulsar asks for none.
 *
 * @param as whoever reads the secrets
 * @example
 * const source = pulsarTokens({ token: "ssm:/booking/pulsar-token" });
 */
export function pulsarTokens({ token, oauth2 }: PulsarLogin, as?: SecretClient): RenewedToken | undefined {
  if (oauth2) return new RenewedToken({ clock: systemClock, get: () => tokenOfIssuer(oauth2, as) });
  if (token === undefined) return undefined;
  const get = async () => ({ value: tokenText(token, await readSecret(token, as)) });
  return new RenewedToken({ clock: systemClock, get });
}

async function tokenOfIssuer({ credentials, ...issuer }: OAuth2, as: SecretClient | undefined) {
  const known = credentialsIn(credentials, await readSecret(credentials, as));
  return requestToken({ ...issuer, ...known }, systemClock.now());
}

/**
 * Reads credentials as Pulsar's key files have them.
 *
 * @throws InfiniticError `MISCONFIGURED`, without what it is: a secret
 */
export function credentialsIn(
  reference: string,
  text: string,
): { readonly clientId: string; readonly clientSecret: string } {
  let json: { readonly client_id?: unknown; readonly client_secret?: unknown } | null = null;
  try {
    json = JSON.parse(text);
  } catch {
    // Told below.
  }
  const [clientId, clientSecret] = [json?.client_id, json?.client_secret].map((value) =>
    typeof value === "string" ? value.trim() : "",
  );
  if (clientId && clientSecret) return { clientId, clientSecret };
  throw new InfiniticError(
    "MISCONFIGURED",
    `expected the secret at ${reference} to be JSON with client_id and client_secret, got something else`,
  );
}
