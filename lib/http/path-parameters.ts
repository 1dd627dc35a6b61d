import * as z from "zod";
import { InfiniticError } from "../core/values/errors.ts";
import type { ApiParts } from "./api-setup.ts";
import { id, memberName, plainTag } from "./schemas.ts";

/** A name in braces of a path. */
export interface PathParameter {
  readonly schema: z.ZodType<string>;
  readonly description: string;
  readonly example: string;
  /** Throws what the caller is told where nothing has this name. */
  readonly find?: (parts: ApiParts, name: string) => void;
}

/** What stands for a path's `{name}`, by name. */
export const PATH_PARAMETERS = {
  workflow: {
    schema: z.string(),
    description: "The name of a deployed workflow",
    example: "Booking",
    find: checkWorkflow,
  },
  service: {
    schema: z.string(),
    description: "The name of a deployed service",
    example: "Payments",
    find: ({ services }, name) => {
      if (services.includes(name)) return;
      throw unknown("UNKNOWN_SERVICE", "a deployed service", name);
    },
  },
  id: { schema: id, description: "The workflow id of the instance", example: "trip-2" },
  tag: { schema: plainTag, description: "A tag that instances were started with", example: "vip" },
  method: { schema: memberName, description: "The name of a method", example: "charge" },
  channel: { schema: memberName, description: "The name of a channel", example: "approval" },
  query: { schema: memberName, description: "The name of a query", example: "status" },
  taskId: {
    schema: z.string(),
    description: "The id of a task, as its context tells it",
    example: "Booking:trip-2:key-1:0.2",
  },
} as const satisfies { readonly [name: string]: PathParameter };

export type PathParameterName = keyof typeof PATH_PARAMETERS;

/** @throws InfiniticError `UNKNOWN_WORKFLOW` */
export function checkWorkflow({ workflows }: ApiParts, name: string): void {
  if (!Object.hasOwn(workflows, name)) throw unknown("UNKNOWN_WORKFLOW", "a deployed workflow", name);
}

function unknown(code: "UNKNOWN_WORKFLOW" | "UNKNOWN_SERVICE", what: string, got: string): InfiniticError {
  return new InfiniticError(code, `expected the name of ${what}, got ${JSON.stringify(got.slice(0, 64))}`);
}
