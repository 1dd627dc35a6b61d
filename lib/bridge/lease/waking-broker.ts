import type { BridgeStarter } from "../../ports/bridge-starter.ts";
import type { Broker } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LeaseStore } from "../../ports/lease-store.ts";

/** For so long a bridge that was started may not say yet that it runs; it runs longer than that in any case. */
const STARTING_MS = 1_000;

/**
 * Publishes through a broker whose bridge runs only while there is work: once it has a receipt, it starts the bridge
 * of each slot whose lease does not say `running`. A bridge that is running then has yet to receive the message.
 *
 * What was published is published, also when no bridge can be started: the schedule starts one within a minute.
 *
 * @example
 * apiHandler({ broker: wakingBroker({ broker, leases, starter, clock: systemClock, slots: 1, log }), … });
 */
export function wakingBroker(setup: {
  readonly broker: Pick<Broker, "publish">;
  readonly leases: Pick<LeaseStore, "read">;
  readonly starter: BridgeStarter;
  readonly clock: Clock;
  readonly slots: number;
  readonly log: (message: string) => void;
}): Pick<Broker, "publish"> {
  const { broker, leases, starter, clock, slots, log } = setup;
  /** When each slot's bridge was started by this sender. */
  const startedAt: number[] = [];
  const wake = async (slot: number): Promise<void> => {
    try {
      const lease = await leases.read(slot);
      const now = clock.now();
      if (lease?.state === "running" && lease.expiresAt > now) return;
      if (now - (startedAt[slot] ?? 0) < STARTING_MS) return;
      startedAt[slot] = now;
      await starter.start({ kind: "start", slot });
    } catch (error) {
      startedAt[slot] = 0;
      log(String(error));
    }
  };
  return {
    async publish(message) {
      const receipt = await broker.publish(message);
      await Promise.all(Array.from({ length: slots }, (_, slot) => wake(slot)));
      return receipt;
    },
  };
}
