import { EncryptingBroker } from "../adapters/encryption/encrypting-broker.ts";
import type { BridgeOptions } from "../bridge/options.ts";
import type { Broker } from "../ports/broker.ts";
import { openCipher } from "./encryption.ts";

/** Has a bridge encrypt what its triggers make of business messages; all else is encrypted where it comes from. */
export function encryptTriggers(broker: Broker, { triggers = [] }: BridgeOptions): Broker {
  const cipher = triggers.length > 0 ? openCipher() : undefined;
  return cipher ? new EncryptingBroker({ broker, cipher }) : broker;
}
