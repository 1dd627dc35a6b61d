import { MAX_INLINE_BYTES } from "../../lib/core/values/limits.ts";

/** A text that is too large to travel in a message or to stand in history. */
export const heavy = (name: string): string => name.padEnd(MAX_INLINE_BYTES, "=");

/** What a text was, and how long: short enough to be told. */
export const weighed = (text: string): string => text.replace(/=+$/, (end) => ` and ${end.length} more`);
