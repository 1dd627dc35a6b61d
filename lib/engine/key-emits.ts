import { emitsOfEntry, type OutboxEntry } from "../core/model/outbox.ts";
import type { Emit, Published } from "../core/protocol/invocation.ts";
import type { Outgoing } from "../core/protocol/outgoing.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import type { StepResult } from "./step/step.ts";

/** A record of the request and the id of the message it carries. */
export interface Cause {
  readonly record: string;
  readonly message: string;
}

/** A key's emits as far as they fit, and where to go on. */
export interface CutEmits {
  readonly emits: readonly Emit[];
  readonly entries?: Published;
  readonly more?: string;
}

/**
 * Makes the emits of a step's reply: those of each message's outbox entries, fresh and committed before (I4), and
 * its answers. Beyond the budget they are cut, and `more` says after which emit of which entry.
 */
export function emitsOfKey(
  result: Exclude<StepResult, { kind: "contended" }>,
  causes: readonly Cause[],
  { resume, budget }: { readonly resume: string | undefined; readonly budget: number },
): CutEmits {
  const { state, history, outbox } = result.instance;
  const emits: Emit[] = [];
  const entries: number[] = [];
  if (result.kind === "done") {
    for (const [index, answers] of result.answers.entries()) {
      for (const answer of answers) emits.push(emitFrom((causes[index] as Cause).record, answer));
    }
  }
  if (!state) return { emits };
  const { run } = state.key;
  const published = (): { entries?: Published } =>
    entries.length === 0 ? {} : { entries: { run, entries } };
  const kind = result.kind === "flush" ? "flush" : "cut";
  const cursor = parseCursor(resume, run);
  const isSent = (entry: number, position: number): boolean =>
    cursor !== undefined &&
    cursor.kind === kind &&
    (entry < cursor.entry || (entry === cursor.entry && position < cursor.position));
  let left = budget;
  for (const { entry, record } of toPublish(result.kind, outbox, causes)) {
    const { number } = entry;
    let lastPosition: number | undefined;
    for (const { position, ...outgoing } of emitsOfEntry(state, history, entry)) {
      if (isSent(number, position)) continue;
      const emit = emitFrom(record, outgoing);
      left -= emit.payload.length;
      const isWhole = position !== lastPosition; // a record's messages go out together
      if (left < 0 && emits.length > 0 && isWhole) {
        return { emits, ...published(), more: formatCursor({ kind, run, entry: number, position }) };
      }
      emits.push(emit);
      lastPosition = position;
    }
    entries.push(number);
  }
  if (kind === "cut") return { emits, ...published() };
  const whole = formatCursor({ kind, run, entry: result.instance.nextEntry, position: 0 });
  return { emits, ...published(), more: whole };
}

function* toPublish(
  kind: "done" | "flush",
  outbox: readonly OutboxEntry[],
  causes: readonly Cause[],
): Generator<{ readonly entry: OutboxEntry; readonly record: string }> {
  const records = new Map<string, string>();
  for (const { record, message } of causes) if (!records.has(message)) records.set(message, record);
  const first = causes[0]?.record ?? "";
  for (const entry of outbox) {
    const record = kind === "flush" ? first : records.get(entry.cause);
    if (record !== undefined) yield { entry, record };
  }
}

/** Makes an emit of a message. */
export function emitFrom(cause: string, { topic, key, message, deliverAt }: Outgoing): Emit {
  return {
    cause,
    topic,
    ...(key !== undefined && { key }),
    payload: JSON.stringify(message),
    ...(deliverAt !== undefined && { deliverAt }),
  };
}
