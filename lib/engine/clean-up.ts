import type { InstanceMessage } from "../core/messages.ts";
import { NO_RUN } from "./early-calls.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Instance } from "./instance.ts";
import type { UsageMeter } from "./usage-meter.ts";

/**
 * Deletes the chunks of runs that are gone, orphans included: they have no clock of their own, so a wake-up at the end
 * of the retention comes for them. A run is gone when the store has no live item of it.
 */
export async function cleanUp(
  { stateStore }: Pick<EngineParts, "stateStore">,
  { key, state }: Instance,
  messages: readonly InstanceMessage[],
  meter: UsageMeter,
): Promise<void> {
  for (const message of messages) {
    if (message.kind !== "wake" || message.run === state?.key.run || message.run === NO_RUN) continue;
    meter.add(await stateStore.deleteRun(key, message.run));
  }
}
