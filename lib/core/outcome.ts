import type { Failure } from "./failure.ts";
import type { Json } from "./json.ts";

/** How a task, a child workflow's method or an inline task ended. A missing `value` is `undefined`. */
export type Outcome =
  | { readonly kind: "completed"; readonly value?: Json }
  | { readonly kind: "failed"; readonly failure: Failure };
