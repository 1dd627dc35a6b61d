import type { HistoryRecord } from "./history.ts";

/** A message that came and that workflow code will never hear of, with the reason. */
export interface Unheard {
  readonly at: number;
  readonly messageId: string;
  /** Of a signal. */
  readonly channel?: string;
  /** Of a call. */
  readonly method?: string;
  readonly code: "UNKNOWN_CHANNEL" | "SCHEMA_MISMATCH" | "UNKNOWN_METHOD";
  readonly reason: string;
}

/** History has them all. */
const MOST_UNHEARD = 20;

/**
 * Adds what a record tells of. A signal of a channel that the class did not have stays in history as any other: a later
 * class may have that channel, and then its code gets it.
 */
export function withUnheard(
  known: readonly Unheard[],
  record: HistoryRecord,
  { workflow }: { readonly workflow: string },
): readonly Unheard[] {
  const unheard = unheardOf(record, workflow);
  return unheard ? [...known, unheard].slice(-MOST_UNHEARD) : known;
}

function unheardOf(record: HistoryRecord, workflow: string): Unheard | undefined {
  switch (record.kind) {
    case "signal-received": {
      if (!record.undeclared) return undefined;
      const { at, messageId, channel } = record;
      const reason = `expected a channel of workflow ${workflow}, got ${channel}`;
      return { at, messageId, channel, code: "UNKNOWN_CHANNEL", reason };
    }
    case "signal-refused": {
      const { at, messageId, channel, reason } = record;
      return { at, messageId, channel, code: "SCHEMA_MISMATCH", reason };
    }
    case "method-refused": {
      const { at, messageId, name: method, failure } = record;
      return { at, messageId, method, code: "UNKNOWN_METHOD", reason: failure.message };
    }
    default:
      return undefined;
  }
}
