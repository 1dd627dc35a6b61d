import { textOfThrown } from "./thrown.ts";

const MOST_CHARACTERS = 200;

/** Writes a value that was not expected, for an error's text. */
export function show(value: unknown): string {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : textOf(value);
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}

function textOf(value: unknown): string {
  if (typeof value === "function") return "a function";
  return typeof value === "number" ? String(value) : textOfThrown(value);
}
