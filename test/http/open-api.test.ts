import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROUTES } from "../../lib/http/routes.ts";
import { startWorld, type World } from "./world.ts";

interface Media {
  readonly schema: { readonly $ref: string };
  readonly example: unknown;
}
interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: { readonly [type: string]: Media } };
  readonly responses: { readonly [status: string]: { readonly content: { readonly [type: string]: Media } } };
}
interface Document {
  readonly openapi: string;
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
}

let world: World;
let document: Document;
beforeAll(async () => {
  world = await startWorld();
  document = (await world.call("GET", "/openapi.json")).body as unknown as Document;
});
afterAll(() => world.close());

const operations = () => Object.values(document.paths).flatMap((path) => Object.values(path));

test("the document is valid OpenAPI 3.1, and a linter has nothing to say against it", async () => {
  // `by-tag` is no id, which the linter cannot see: the pattern of `{id}` says so.
  const rules = { "no-ambiguous-paths": "off" } as const;
  const config = await createConfig({ extends: ["recommended"], rules });
  const problems = await lintFromString({ source: JSON.stringify(document), config });
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual(
    [],
  );
  expect(document.openapi).toBe("3.1.0");
});

test("it has every call of the API, and no other", () => {
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const calls = ROUTES.filter(({ isOld }) => !isOld).map(({ method, path }) => `${method} ${path}`);
  expect(described.toSorted()).toEqual(calls.toSorted());
  const ids = operations().map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test("every GET of stored things may be told that the store is away, or that the answer is too large", () => {
  const gets = Object.values(document.paths).flatMap(({ get }) => (get ? [get] : []));
  const told = gets.map(({ operationId, responses }) => [
    operationId,
    "503" in responses && "413" in responses,
  ]);
  const silent = told.filter(([, isTold]) => !isTold).map(([operationId]) => operationId);
  expect(silent).toEqual(["getOpenApi", "getHealth"]);
});

test("every example fits its schema", () => {
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(document, "api");
  for (const { operationId, requestBody, responses } of operations()) {
    const contents = [requestBody, ...Object.values(responses)].flatMap((it) => (it ? [it.content] : []));
    for (const { schema, example } of contents.flatMap((content) => Object.values(content))) {
      const isValid = ajv.validate({ $ref: `api${schema.$ref}` }, example);
      expect([operationId, isValid, ajv.errorsText()]).toEqual([operationId, true, "No errors"]);
    }
  }
});

test("every example of a body is taken by the very schema that validates", () => {
  for (const { operationId, body } of ROUTES) {
    if (body)
      expect([operationId, body.schema.safeParse(body.example).error]).toEqual([operationId, undefined]);
  }
});
