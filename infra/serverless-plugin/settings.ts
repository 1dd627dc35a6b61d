import { InfiniticError } from "../../lib/core/values/errors.ts";
import { type CheckedContainer, checkContainer } from "./container-settings.ts";
import { type CheckedEncryption, checkEncryption } from "./encryption-settings.ts";
import { checkPulsar } from "./pulsar-settings.ts";
import { type SecretReference, secretReference } from "./secret.ts";
import type { Settings } from "./serverless.ts";

/** Who may call the API. */
export type Auth =
  | { readonly kind: "iam" }
  | {
      readonly kind: "jwt";
      readonly issuerUrl: string;
      readonly audience: readonly string[];
      readonly scopes?: readonly string[];
    }
  | { readonly kind: "none" };

/** Calls of the API a second, and at once. */
export interface Throttling {
  readonly rate: number;
  readonly burst: number;
}

/** `custom.infinitic` with every default filled in, but for names. */
export interface CheckedSettings {
  readonly pulsar: Settings["pulsar"];
  readonly auth: Auth;
  readonly token?: SecretReference;
  /** Where the credentials are with which an issuer gives tokens. */
  readonly credentials?: SecretReference;
  readonly encryption?: CheckedEncryption;
  readonly throttling: Throttling;
  readonly alarms: false | { readonly actions: readonly unknown[] };
  readonly retainData: boolean;
  /** The bucket of large values. */
  readonly bucket: { readonly name?: string; readonly existing?: unknown };
  /** Whether the bridge runs elsewhere, where no deployment of this stack sees to it. */
  readonly isBridgeExternal: boolean;
  /** Whether instances can be listed: that costs three write units each. */
  readonly listIndex: boolean;
  /** Bridges at once, where they run in Lambdas. */
  readonly slots: number;
  /** Where they run in containers. */
  readonly container?: CheckedContainer;
}

/** @throws InfiniticError `INVALID_OPTION` */
export function checkSettings({
  pulsar: given,
  auth,
  encryption,
  throttling,
  alarms,
  bridge,
  bucket,
  retainData = true,
  listIndex = true,
  slots = 1,
}: Settings): CheckedSettings {
  const pulsar = checkPulsar(given);
  return {
    pulsar,
    auth: authOf(auth),
    ...(pulsar.token !== undefined && {
      token: secretReference("custom.infinitic.pulsar.token", pulsar.token),
    }),
    ...(pulsar.oauth2 && { credentials: credentialsOf(pulsar) }),
    ...(encryption && { encryption: checkEncryption(encryption) }),
    throttling: { rate: 100, burst: 200, ...throttling },
    alarms: alarms === false ? false : { actions: alarms?.actions ?? [] },
    retainData,
    listIndex,
    slots,
    bucket: typeof bucket === "string" ? { name: bucket } : (bucket ?? {}),
    isBridgeExternal: typeof bridge === "object" && "external" in bridge,
    ...(typeof bridge === "object" &&
      "container" in bridge && { container: checkContainer(bridge.container) }),
  };
}

function credentialsOf({ token, oauth2 }: Settings["pulsar"]): SecretReference {
  if (token !== undefined) {
    throw new InfiniticError(
      "INVALID_OPTION",
      "custom.infinitic.pulsar: expected a token or oauth2, which gets one, got both",
    );
  }
  return secretReference("custom.infinitic.pulsar.oauth2.credentials", oauth2?.credentials ?? "");
}

function authOf(auth: Settings["auth"] = "iam"): Auth {
  if (auth === "iam" || auth === "none") return { kind: auth };
  if (typeof auth === "object") return { kind: "jwt", ...auth.jwt };
  throw new InfiniticError(
    "INVALID_OPTION",
    `custom.infinitic.auth: expected iam, none or { jwt: { issuerUrl, audience } }, got ${auth}`,
  );
}
