import type * as pulsarClient from "pulsar-client";
import type { Client, ClientConfig } from "pulsar-client";
import { InfiniticError } from "../../core/values/errors.ts";
import { tokenText } from "../token-text.ts";

/** What is used of npm `pulsar-client`, Pulsar's C++ client as a native add-on. */
export type PulsarClient = Pick<
  typeof pulsarClient,
  "Client" | "AuthenticationToken" | "AuthenticationOauth2" | "LogLevel"
>;

/** How a client says who it is. */
export type Authentication =
  | {
      readonly kind: "token";
      /** Or what gives it, asked again with each connection. */
      readonly token: string | (() => Promise<string>);
    }
  | {
      /** OAuth 2.0, the client credentials grant. */
      readonly kind: "oauth2";
      readonly issuerUrl: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly audience?: string;
      readonly scope?: string;
    };

/** Where a cluster's brokers are, and whose topics are meant. */
export interface NativeAddress {
  /** `pulsar://host:port`, or `pulsar+ssl://host:port` for TLS. */
  readonly serviceUrl: string;
  /** Default: `public`. */
  readonly tenant?: string;
  /** Default: `default`. */
  readonly namespace?: string;
  readonly authentication?: Authentication;
  /** PEM file of the authorities to be trusted. Default: those that Node.js trusts. */
  readonly trustCertsPath?: string;
}

/**
 * Loads the add-on: an optional dependency, needed by nobody who uses the WebSocket adapter.
 *
 * @throws InfiniticError `MISCONFIGURED` when the package or its binary is missing
 */
export async function loadPulsarClient(): Promise<PulsarClient> {
  try {
    return (await import("pulsar-client")).default;
  } catch (cause) {
    const reason = (cause as Error).message.split("\n")[0];
    throw new InfiniticError(
      "MISCONFIGURED",
      `expected npm pulsar-client with its binary, which npm rebuild pulsar-client brings, got: ${reason}`,
      { cause },
    );
  }
}

/**
 * Makes a client; it connects when it is used.
 *
 * @param onError told of what the client logs as an error
 * @throws InfiniticError `MISCONFIGURED` for an address that is none
 */
export function openClient(
  pulsar: PulsarClient,
  { serviceUrl, authentication, trustCertsPath }: NativeAddress,
  onError: (message: string) => void,
): Client {
  const { ERROR } = pulsar.LogLevel;
  // Not read-only: the client fills in what is missing.
  const config: ClientConfig = {
    serviceUrl,
    // By its own default it would not look whose certificate it is.
    tlsValidateHostname: true,
    tlsAllowInsecureConnection: false,
    ...(trustCertsPath !== undefined && { tlsTrustCertsFilePath: trustCertsPath }),
    ...(authentication && { authentication: authenticationOf(pulsar, authentication) }),
    logLevel: ERROR,
    log: (level, _file, _line, message) => {
      if (level >= ERROR) onError(message);
    },
  };
  try {
    return new pulsar.Client(config);
  } catch (cause) {
    const got = (cause as Error).message;
    throw new InfiniticError("MISCONFIGURED", `expected the address of a Pulsar, got ${got}`, { cause });
  }
}

function authenticationOf(pulsar: PulsarClient, authentication: Authentication) {
  switch (authentication.kind) {
    case "token": {
      const { token } = authentication;
      return new pulsar.AuthenticationToken({
        token: typeof token === "string" ? tokenText("authentication.token", token) : token,
      });
    }
    case "oauth2": {
      const { issuerUrl, clientId, clientSecret, audience, scope } = authentication;
      return new pulsar.AuthenticationOauth2({
        type: "client_credentials",
        issuer_url: issuerUrl,
        client_id: clientId,
        client_secret: clientSecret,
        ...(audience !== undefined && { audience }),
        ...(scope !== undefined && { scope }),
      });
    }
  }
}
