import * as z from "zod";

/** The schemas that the OpenAPI document has under a name. */
export const COMPONENTS = z.registry<{ readonly id: string }>();

/** Gives a schema a name in the OpenAPI document. */
export function component<T extends z.ZodType>(id: string, schema: T): T {
  COMPONENTS.add(schema, { id });
  return schema;
}
