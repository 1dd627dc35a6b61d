import { setTimeout as sleep } from "node:timers/promises";
import type { EngineMessage } from "../../lib/core/protocol/messages.ts";
import { packed } from "../../lib/http/payloads.ts";
import type { Broker } from "../../lib/ports/broker.ts";
import type { PayloadStore } from "../../lib/ports/payload-store.ts";
import { destinationOf } from "../simulation/requests.ts";

const RETRY_MS = 200;

/** Tries again, however often it fails. */
export async function persist<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch {
      await sleep(RETRY_MS);
    }
  }
}

/** Sends clients' messages, each again until it has a receipt. */
export class Sender {
  readonly #broker: Broker;
  readonly #payloadStore: PayloadStore;

  constructor({ broker, payloadStore }: { readonly broker: Broker; readonly payloadStore: PayloadStore }) {
    this.#broker = broker;
    this.#payloadStore = payloadStore;
  }

  /** Never rejects. */
  async send(message: EngineMessage): Promise<void> {
    await persist(async () => {
      const payload = JSON.stringify(await packed({ payloadStore: this.#payloadStore }, message));
      await this.#broker.publish({ ...destinationOf(message), payload });
    });
  }
}
