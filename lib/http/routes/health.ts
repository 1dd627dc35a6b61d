import type { Answer } from "../answer.ts";

/** Tells that the function runs; looks at nothing else. */
export function health(): Answer {
  return { status: 200, body: { status: "ok" } };
}
