import type * as z from "zod";
import { type Flaw, ProblemError } from "./problem.ts";

const MOST_FLAWS = 20;
const MOST_CHARACTERS = 200;

/**
 * Returns what a schema makes of a caller's value.
 *
 * @param what names the value in the problem: "the body"
 * @throws ProblemError `INVALID_REQUEST` with every flaw
 */
export function check<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.slice(0, MOST_FLAWS).map(flawOf);
  const readable = errors.map(({ detail, pointer }) =>
    pointer === "#" ? detail : `${detail} at ${pointer}`,
  );
  throw new ProblemError("INVALID_REQUEST", `expected ${what} to fit the call, got: ${readable.join("; ")}`, {
    errors,
  });
}

function flawOf({ message, path }: z.core.$ZodIssue): Flaw {
  const steps = path.map(
    (step) => `/${encodeURIComponent(String(step).replaceAll("~", "~0").replaceAll("/", "~1"))}`,
  );
  return { detail: cut(message), pointer: cut(`#${steps.join("")}`) };
}

function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}
