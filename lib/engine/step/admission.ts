import { decide, startEvents } from "../../core/model/decide.ts";
import type { Event } from "../../core/model/history.ts";
import type { InstanceMessage } from "../../core/protocol/messages.ts";
import { InfiniticError } from "../../core/values/errors.ts";
import type { Instance } from "../../instance/instance.ts";
import type { Versions } from "../../runtime/replay.ts";
import { keep, stop } from "./stopped.ts";
import type { Log } from "./unheard.ts";

/** Which messages can be handled now: this one, with what waited for it. What must wait is kept. */
export function admit(
  instance: Instance,
  message: InstanceMessage,
  {
    versions,
    run,
    now,
    log,
  }: {
    readonly versions: Versions;
    readonly run: boolean;
    readonly now: number;
    readonly log?: Log | undefined;
  },
): readonly InstanceMessage[] {
  const { waiting } = instance;
  const isHeld = waiting.some(({ id }) => id === message.id);
  const start = [...waiting, message].find((candidate) => candidate.kind === "start");
  if (!instance.state && !start) {
    const isKept = message.kind === "signal" || message.kind === "method" || message.kind === "cancel";
    if (isKept && !isHeld) keep(instance, message);
    return [];
  }
  if (!run) {
    if (message.kind === "start" && !instance.state) {
      const [started] = startEvents(message, Math.max(...versions.keys()), Math.min(message.at, now));
      instance.begin(message.id);
      instance.append(started as Event);
      keep(instance, message);
    } else if (!isHeld && !isSettled(instance, message, now)) keep(instance, message);
    const error = new InfiniticError(
      "INVOCATION_DIED",
      "expected workflow code to return, got invocations that died",
    );
    stop(instance, error, { now, log });
    return [];
  }
  if (waiting.length === 0 && !instance.stopped) return [message];
  instance.waiting = [];
  instance.isDirty = true;
  const all = isHeld ? waiting : [...waiting, message];
  if (!start || hasBegun(instance)) return all;
  const rest = all.filter((candidate) => candidate !== start);
  // A cancel that came before the start ends the instance before anything else happens to it.
  return [start, ...rest.filter(isCancel), ...rest.filter((candidate) => !isCancel(candidate))];
}

/** Whether the first method was started: a run whose code could not be run yet has begun no further than its start. */
export function hasBegun({ state }: Instance): boolean {
  return state !== undefined && state.methods.length > 0;
}

/** Whether a message cancels the whole instance. */
export function isCancel(message: InstanceMessage): boolean {
  return message.kind === "cancel" && message.methodId === undefined;
}

function isSettled(instance: Instance, message: InstanceMessage, now: number): boolean {
  if (message.kind === "wake") return true;
  return instance.state !== undefined && !isRecorded(instance, message, now);
}

/** Whether a message has had its effect already, waits to have it, or never will. */
export function isDone(instance: Instance, message: InstanceMessage, now: number): boolean {
  const { state, waiting } = instance;
  if (waiting.some(({ id }) => id === message.id) || instance.hasHeardBefore(message)) return true;
  return state !== undefined && hasBegun(instance) && !isRecorded(instance, message, now);
}

/** Whether a message would go into history now. */
function isRecorded({ state }: Instance, message: InstanceMessage, now: number): boolean {
  return state !== undefined && decide(state, message, now).kind === "record";
}
