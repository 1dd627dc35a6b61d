import { hasCode, InfiniticError } from "../core/errors.ts";
import { type CodeEvent, type Command, type Ending, type Event, isCodeEvent } from "../core/history.ts";
import type { State } from "../core/state.ts";
import type { Execution } from "../workflow/execution.ts";
import type { Instance } from "./instance.ts";
import { replay, type Versions } from "./replay.ts";

/** Has the instance's code in memory, replayed to the end of its history. */
export async function ensureExecution(instance: Instance, versions: Versions): Promise<Execution> {
  if (instance.execution) return instance.execution;
  if (!instance.state) throw new InfiniticError("INTERNAL", "expected an instance that has begun, got none");
  const { execution } = await replay(versions, instance.state, instance.history);
  instance.execution = execution;
  return execution;
}

/** Records an event, and if it concerns code, what the code does on it and on what follows from that alone. */
export async function recordEvent(
  instance: Instance,
  state: State,
  event: Event,
  versions: Versions,
): Promise<void> {
  if (event.kind === "method-retried") await retry(instance, state, event, versions);
  else if (isCodeEvent(event)) await deliver(instance, state, event, versions);
  else {
    instance.append(event);
    instance.execution?.observe(event);
    return;
  }
  // Each completion of an inline task is an event of its own; the step waits for them all.
  for (;;) {
    const inline = await instance.execution?.nextInline();
    if (!inline) return;
    await deliver(instance, state, { kind: "inline-completed", at: state.now, ...inline }, versions);
  }
}

/**
 * Delivers an event to the code. When a failure it brought goes through a method uncaught, the delivery is undone:
 * the code is rebuilt without it, that method is left waiting, and the event is delivered again to the others.
 */
async function deliver(
  instance: Instance,
  state: State,
  event: CodeEvent,
  versions: Versions,
): Promise<void> {
  const holds: Ending[] = [];
  let execution = await ensureExecution(instance, versions);
  let produced = (await execution.deliver(event)).records;
  for (let held = produced.filter(isHeld); held.length > 0; held = produced.filter(isHeld)) {
    const rebuilt = await rebuild(versions, state, instance, [...holds, ...held]);
    if (!rebuilt) {
      produced = produced.map(withoutHold);
      for (const { method } of held) execution.abandon(method);
      break;
    }
    holds.push(...held);
    rebuilt.adoptInlines(execution);
    execution = rebuilt;
    instance.execution = rebuilt;
    produced = (await execution.deliver(event)).records;
  }
  instance.append(event);
  for (const ending of holds) instance.append(numbered(state, ending));
  for (const record of produced) instance.append(numbered(state, record));
}

/** Runs a failed method again from its history: what it does beyond its failure happens now. */
async function retry(
  instance: Instance,
  state: State,
  event: Event & { readonly kind: "method-retried" },
  versions: Versions,
): Promise<void> {
  const { execution, retried } = await replay(versions, state, instance.history, { retrying: event.method });
  instance.execution = execution;
  instance.append(event);
  for (const record of retried) instance.append(numbered(state, record));
}

/**
 * Rebuilds the code without the failures that are to be held; undefined when that cannot be: what the code did
 * since then, in any method, came of their delivery. Then the delivery stands, and the method fails for good.
 */
async function rebuild(
  versions: Versions,
  state: State,
  { history }: Instance,
  holds: readonly Ending[],
): Promise<Execution | undefined> {
  try {
    return (await replay(versions, state, history, { holds })).execution;
  } catch (error) {
    if (hasCode(error, "WORKFLOW_CHANGED")) return undefined;
    throw error;
  }
}

function withoutHold<R extends Command | Ending>(record: R): R {
  if (record.kind !== "method-failed") return record;
  const { held: _held, ...ending } = record;
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
