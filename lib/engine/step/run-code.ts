import type { Command } from "../../core/commands/command.ts";
import type { CodeEvent, Ending, Event } from "../../core/model/history.ts";
import type { State } from "../../core/model/state.ts";
import { isTold, type ToldEvent } from "../../core/model/told-event.ts";
import { hasCode, InfiniticError } from "../../core/values/errors.ts";
import type { Execution } from "../../runtime/execution.ts";
import { type CodeParts, replay } from "../../runtime/replay.ts";
import type { LiveInstance } from "../live-instance.ts";

/** Has the instance's code in memory, replayed to the end of its history. */
export async function ensureExecution(instance: LiveInstance, parts: CodeParts): Promise<Execution> {
  if (instance.execution) return instance.execution;
  if (!instance.state) throw new InfiniticError("INTERNAL", "expected an instance that has begun, got none");
  const { execution } = await replay(parts, instance.state, instance.history);
  instance.execution = execution;
  return execution;
}

/** Records an event, and if it concerns code, what the code does on it and on what follows from that alone. */
export async function recordEvent(
  instance: LiveInstance,
  state: State,
  event: Event,
  parts: CodeParts,
): Promise<void> {
  const adopted = await parts.payloads.claim(state.key, event);
  if (adopted.kind === "method-retried") await retry(instance, state, adopted, parts);
  else if (isWanted(state, adopted)) await deliver(instance, state, adopted, parts);
  else {
    instance.append(adopted);
    instance.execution?.observe(adopted);
    return;
  }
  // Each completion of an inline task is an event of its own; the step waits for them all.
  for (;;) {
    const inline = await instance.execution?.inlines.next();
    if (!inline) return;
    const event: CodeEvent = { kind: "inline-completed", at: state.now, ...inline };
    await deliver(instance, state, await parts.payloads.keep(state.key, event), parts);
  }
}

/** Whether the code is told of an event: of a canceled instance's code nothing is wanted any more. */
function isWanted(state: State, event: Event): event is ToldEvent {
  return isTold(event, state.rules) && !(event.kind === "method-canceled" && state.canceled);
}

/**
 * Delivers an event to the code. When a failure it brought goes through a method uncaught, the delivery is undone:
 * the code is rebuilt without it, that method is left waiting, and the event is delivered again to the others.
 */
async function deliver(
  instance: LiveInstance,
  state: State,
  event: ToldEvent,
  parts: CodeParts,
): Promise<void> {
  const holds: Ending[] = [];
  let execution = await ensureExecution(instance, parts);
  const told = await parts.payloads.open(event);
  const written = execution.output.size;
  let produced = (await execution.deliver(told)).records;
  for (let held = produced.filter(isHeld); held.length > 0; held = produced.filter(isHeld)) {
    const rebuilt = await rebuild(parts, state, instance, [...holds, ...held]);
    if (!rebuilt) {
      produced = produced.map(withoutHold);
      for (const { method } of held) execution.abandon(method);
      break;
    }
    holds.push(...held);
    rebuilt.adopt(execution, written);
    execution = rebuilt;
    instance.execution = rebuilt;
    produced = (await execution.deliver(told)).records;
  }
  const kept = await Promise.all(produced.map((record) => parts.payloads.keep(state.key, record)));
  instance.append(event);
  for (const ending of holds) instance.append(numbered(state, ending));
  for (const record of kept) instance.append(numbered(state, record));
}

/** Runs a failed method again from its history: what it does beyond its failure happens now. */
async function retry(
  instance: LiveInstance,
  state: State,
  event: Event & { readonly kind: "method-retried" },
  parts: CodeParts,
): Promise<void> {
  const { execution, retried } = await replay(parts, state, instance.history, { retrying: event.method });
  if (instance.execution) execution.output.follow(instance.execution.output);
  instance.execution = execution;
  const kept = await Promise.all(retried.map((record) => parts.payloads.keep(state.key, record)));
  instance.append(event);
  for (const record of kept) instance.append(numbered(state, record));
}

/**
 * Rebuilds the code without the failures that are to be held; undefined when that cannot be: what the code did
 * since then, in any method, came of their delivery. Then the delivery stands, and the method fails for good.
 */
async function rebuild(
  parts: CodeParts,
  state: State,
  { history }: LiveInstance,
  holds: readonly Ending[],
): Promise<Execution | undefined> {
  try {
    return (await replay(parts, state, history, { holds })).execution;
  } catch (error) {
    if (hasCode(error, "WORKFLOW_CHANGED")) return undefined;
    throw error;
  }
}

function withoutHold<R extends Command | Ending>(record: R): R {
  if (record.kind !== "method-failed") return record;
  const { held: _held, heldToo: _heldToo, ...ending } = record;
  return ending as R; // what it was, less an optional field
}

function isHeld(record: Command | Ending): record is Ending {
  return record.kind === "method-failed" && record.held !== undefined;
}

/** Says which ending of its method this is, when it is not the first. */
function numbered<R extends Command | Ending>(state: State, record: R): R {
  if (record.kind !== "method-completed" && record.kind !== "method-failed") return record;
  const number = (state.methods[record.method]?.endings.length ?? 0) + 1;
  return number > 1 ? { ...record, number } : record;
}
