import { createHmac, randomBytes } from "node:crypto";

/** The only role that may do everything; the broker's own, too. */
const ADMIN = "admin";

/** Makes tokens that one broker lets in, and says how that is told to let in nothing else. */
export interface TokenIssuer {
  readonly settings: { readonly [name: string]: string | boolean };
  /** Of a role that may do everything. */
  readonly admin: string;
  /** Makes a token of another role, which may do nothing until somebody lets it. */
  tokenOf(role: string): string;
}

/** Makes an issuer with a key of its own. */
export function tokenIssuer(): TokenIssuer {
  const key = randomBytes(32);
  const admin = signed(ADMIN, key);
  return {
    settings: {
      authenticationEnabled: true,
      authenticationProviders: "org.apache.pulsar.broker.authentication.AuthenticationProviderToken",
      tokenSecretKey: `data:;base64,${key.toString("base64")}`,
      authorizationEnabled: true,
      superUserRoles: ADMIN,
      brokerClientAuthenticationPlugin: "org.apache.pulsar.client.impl.auth.AuthenticationToken",
      brokerClientAuthenticationParameters: `token:${admin}`,
    },
    admin,
    tokenOf: (role) => signed(role, key),
  };
}

/** A JWT, signed with HMAC and SHA-256. */
function signed(role: string, key: Buffer): string {
  const head = [{ alg: "HS256" }, { sub: role }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${head}.${createHmac("sha256", key).update(head).digest("base64url")}`;
}
