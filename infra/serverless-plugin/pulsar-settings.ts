import { flawOfBaseUrl } from "../../lib/adapters/base-url.ts";
import { checkNamespacePart } from "../../lib/core/protocol/broker-names.ts";
import { hasCode, InfiniticError } from "../../lib/core/values/errors.ts";
import type { Settings } from "./serverless.ts";

type PulsarSettings = Settings["pulsar"];

const WHERE = "custom.infinitic.pulsar";

/**
 * Checks where Pulsar is and whose topics are meant, before anything is made there. White space around a text, as
 * variables bring it that are read from files, is no part of it.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkPulsar(given: PulsarSettings): PulsarSettings {
  const pulsar = trimmed(given);
  checkUrl("webUrl", pulsar.webUrl);
  if (pulsar.adminUrl !== undefined) checkUrl("adminUrl", pulsar.adminUrl);
  for (const what of ["tenant", "namespace"] as const) {
    const name = pulsar[what];
    if (name !== undefined) at(what, () => checkNamespacePart(what, name));
  }
  return pulsar;
}

function checkUrl(name: "webUrl" | "adminUrl", url: string): void {
  const flaw = flawOfBaseUrl(url);
  if (flaw !== undefined) throw new InfiniticError("INVALID_OPTION", `${WHERE}.${name}: ${flaw}`);
}

/** Tells where in the settings it was, if something is refused. */
function at(name: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    if (!hasCode(error, "INVALID_OPTION")) throw error;
    throw new InfiniticError("INVALID_OPTION", `${WHERE}.${name}: ${error.message}`);
  }
}

function trimmed<T extends object>(settings: T): T {
  const entries = Object.entries(settings).map(([name, value]) => {
    if (typeof value === "string") return [name, value.trim()];
    return [name, typeof value === "object" && value !== null ? trimmed(value) : value];
  });
  return Object.fromEntries(entries) as T; // of the same shape
}
