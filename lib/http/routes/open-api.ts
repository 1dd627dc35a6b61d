import { z } from "zod";
import { component } from "../component.ts";
import { openApiOf } from "../open-api.ts";
import { type Route, route } from "../route.ts";

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
    handle: () => ({ status: 200, body: openApiOf(routesOf()) }),
  });
