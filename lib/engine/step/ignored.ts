import { decide } from "../../core/model/decide.ts";
import type { InstanceMessage } from "../../core/protocol/messages.ts";
import type { ErrorCode } from "../../core/values/errors.ts";
import type { Instance } from "../../instance/instance.ts";
import type { Log } from "./unheard.ts";

/** What people and other systems send, each with an answer that says no more than that it was accepted. */
const FROM_OUTSIDE: ReadonlySet<InstanceMessage["kind"]> = new Set([
  "signal",
  "method",
  "cancel",
  "retry",
  "retry-tasks",
  "complete-timers",
  "delegated-result",
  "heartbeat",
]);
/** Kinds that wait for a start. */
const WAITING: ReadonlySet<InstanceMessage["kind"]> = new Set(["signal", "method", "cancel"]);

/**
 * Logs a message from outside that changes nothing, with the code that says why: `WORKFLOW_ENDED`, `WORKFLOW_UNKNOWN`
 * or `TASK_ENDED`. A message that comes again after it has had its effect is no news.
 */
export function tellIgnored(instance: Instance, message: InstanceMessage, log: Log | undefined): void {
  const code = log && codeOf(instance, message);
  if (code === undefined) return;
  const { kind, id: messageId } = message;
  const text = `a ${kind} arrived that changes nothing`;
  const { key, state } = instance;
  log?.(JSON.stringify({ level: "warn", code, message: text, ...key, run: state?.key.run, kind, messageId }));
}

function codeOf(instance: Instance, message: InstanceMessage): ErrorCode | undefined {
  const { state, waiting } = instance;
  if (!FROM_OUTSIDE.has(message.kind)) return undefined;
  if (!state) return WAITING.has(message.kind) ? undefined : "WORKFLOW_UNKNOWN";
  const isKnown = state.seen.has(message.id) || waiting.some(({ id }) => id === message.id);
  if (isKnown || instance.hasHeardBefore(message)) return undefined;
  const decision = decide(state, message, state.now);
  if (decision.kind !== "ignore") return undefined;
  switch (decision.reason) {
    case "another run":
    case "instance ended":
      return "WORKFLOW_ENDED";
    case "superseded":
      return "TASK_ENDED";
    case "seen before":
      return undefined;
  }
}
