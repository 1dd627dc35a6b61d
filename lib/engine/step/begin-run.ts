import { startEvents } from "../../core/model/decide.ts";
import type { Event } from "../../core/model/history.ts";
import type { InstanceMessage, StartMessage } from "../../core/protocol/messages.ts";
import type { LiveInstance } from "../live-instance.ts";
import { type HandleOptions, isRunnable, recordAll } from "./record-events.ts";
import { keep } from "./stopped.ts";

/**
 * Begins the run of a start.
 *
 * @param early a cancel that came before it: the code never runs
 */
export async function beginRun(
  instance: LiveInstance,
  message: StartMessage,
  at: number,
  options: HandleOptions,
  early: InstanceMessage | undefined,
): Promise<void> {
  const [started, ...events] = startEvents(message, Math.max(...options.versions.keys()), at);
  let { state } = instance;
  if (!state) {
    state = instance.begin(message.id);
    instance.append(started as Event);
  }
  if (early) {
    // History has the cancel before the method: its code never runs, here or in a replay.
    const requested: Event = { kind: "cancel-requested", at, messageId: early.id };
    for (const event of [requested, ...events]) instance.append(event);
    instance.append({ kind: "method-canceled", at, method: 0 });
    instance.stopped = undefined;
  } else if (await isRunnable(instance, options)) await recordAll(instance, state, events, options);
  else keep(instance, message);
}
