import { systemClock } from "../adapters/system-clock.ts";
import type { SweepReply, SweepRequest } from "../core/protocol/invocation.ts";
import { Sweeper } from "../engine/sweeper.ts";
import { openStores } from "./stores.ts";

/**
 * Makes the Lambda that finds far wake-ups when they come near; the bridge invokes it once a minute.
 *
 * @example
 * export const handler = timersFunction();
 */
export function timersFunction(): (request: SweepRequest) => Promise<SweepReply> {
  let sweeper: Sweeper | undefined;
  return (request) => {
    sweeper ??= new Sweeper({
      store: openStores().dueStore,
      clock: systemClock,
    });
    return sweeper.sweep(request);
  };
}
