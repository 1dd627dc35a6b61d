import type { Broker, OutgoingMessage } from "../../ports/broker.ts";
import type { Cipher } from "./cipher.ts";
import { encryptMessage, isEncryptable } from "./encrypted-message.ts";

/**
 * Encrypts what is published to our own topics. What is consumed stays encrypted: functions decrypt it.
 *
 * @example
 * const { publish } = encryptingProducer(broker, cipher);
 */
export function encryptingProducer(broker: Pick<Broker, "publish">, cipher: Cipher): Pick<Broker, "publish"> {
  return {
    async publish(message: OutgoingMessage) {
      if (!isEncryptable(message)) return broker.publish(message);
      return broker.publish(encryptMessage(await cipher.ready(1), message));
    },
  };
}
