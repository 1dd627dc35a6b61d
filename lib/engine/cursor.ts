/** Up to where a key's emits were published, when they did not fit one reply: an emit's entry and record. */
export interface Cursor {
  /** A flush publishes the whole outbox, so whatever comes before is published; else only what one cause sent is. */
  readonly kind: "flush" | "cut";
  readonly run: string;
  readonly entry: number;
  readonly position: number;
}

/** Writes a cursor as the text that the bridge sends back once all before it has receipts. */
export function formatCursor({ kind, run, entry, position }: Cursor): string {
  return `${kind}:${run}:${entry}:${position}`;
}

/** Reads a cursor; undefined when there is none, or one of another life: then everything is sent again. */
export function parseCursor(text: string | undefined, run: string | undefined): Cursor | undefined {
  const [kind, of, entry, position] = text?.split(":") ?? [];
  if ((kind !== "flush" && kind !== "cut") || of === undefined || of !== run) return undefined;
  return { kind, run, entry: Number(entry), position: Number(position) };
}
