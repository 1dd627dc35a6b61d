import * as z from "zod";
import type { Call } from "../call.ts";
import { component } from "../component.ts";
import { openApiOf } from "../open-api.ts";
import { type Route, route } from "../route.ts";

/** Without a slash at its end, as a path is appended to it; the root has no other name. */
const serverUrl = (call: Call): string => call.referenceTo("/").replace(/(.)\/$/, "$1");

/** Gives the description of the whole API, itself included. */
export const openApi = (routesOf: () => readonly Route[]): Route =>
  route({
    method: "GET",
    path: "/openapi.json",
    operationId: "getOpenApi",
    about: "API",
    summary: "Describes the API in OpenAPI 3.1",
    answers: {
      200: {
        description: "This document",
        schema: component("OpenApi", z.looseObject({ openapi: z.string() })),
        example: { openapi: "3.1.0" },
      },
    },
    handle: (call) => ({ status: 200, body: openApiOf(routesOf(), serverUrl(call)) }),
  });
