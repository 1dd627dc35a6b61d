import * as z from "zod";
import { component } from "../component.ts";
import { route } from "../route.ts";

/** Tells that the function runs; looks at nothing else. */
export const health = route({
  method: "GET",
  path: "/health",
  operationId: "getHealth",
  about: "API",
  summary: "Tells that the API runs",
  query: z.looseObject({}),
  answers: {
    200: {
      description: "It runs",
      schema: component("Health", z.object({ status: z.literal("ok") })),
      example: { status: "ok" },
    },
  },
  handle: () => ({ status: 200, body: { status: "ok" } }),
});
