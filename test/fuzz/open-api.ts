import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";

/** What is used of a JSON schema. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly schema: JsonSchema;
}

interface Content {
  readonly [mediaType: string]: { readonly schema: JsonSchema };
}

export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: { readonly [status: string]: { readonly content: Content } };
}

/** What is used of an OpenAPI document. */
export interface OpenApi {
  readonly paths: { readonly [path: string]: { readonly [verb: string]: Operation } };
  readonly components: {
    readonly schemas: { readonly [name: string]: JsonSchema };
    readonly parameters: { readonly [name: string]: Parameter };
  };
}

/** One call that a document describes. */
export interface Endpoint {
  readonly verb: string;
  readonly path: string;
  readonly operation: Operation;
  readonly parameters: readonly Parameter[];
  readonly body: JsonSchema | undefined;
}

export function endpointsOf({ paths, components }: OpenApi): readonly Endpoint[] {
  return Object.entries(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({
      verb: verb.toUpperCase(),
      path,
      operation,
      parameters: (operation.parameters ?? []).map((one) =>
        "$ref" in one ? (components.parameters[one.$ref.split("/").at(-1) ?? ""] as Parameter) : one,
      ),
      body: operation.requestBody?.content["application/json"]?.schema,
    })),
  );
}

/** How many references deep values go: a failure has a cause, and errors, which are failures. */
const DEPTH = 4;

/**
 * Values that fit a schema, as far as this goes: patterns are tried, and arrays and objects stay small. Below
 * `depth` more references, arrays are empty and objects have only what they must.
 */
export function fitting(schema: JsonSchema, document: OpenApi, depth = DEPTH): fc.Arbitrary<unknown> {
  const isDeep = depth <= 0;
  const { $ref, anyOf = [], oneOf = [], properties = {}, required = [], items, pattern } = schema;
  if ($ref !== undefined) {
    const name = $ref.split("/").at(-1) ?? "";
    const named = document.components.schemas[name] ?? {};
    return fc.constant(null).chain(() => fitting(named, document, depth - 1));
  }
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = [...anyOf, ...oneOf];
  if (choices.length > 0) return fc.oneof(...choices.map((one) => fitting(one, document, depth)));
  const [type] = [schema.type ?? []].flat();
  switch (type) {
    case "string": {
      const { minLength = 0, maxLength = 40 } = schema;
      const text = fc.string({ unit: "grapheme", minLength, maxLength: Math.min(maxLength, 200) });
      if (pattern === undefined) return text;
      const fits = new RegExp(pattern, "u");
      return fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.-]{0,20}$/).filter((one) => fits.test(one));
    }
    case "integer":
      return fc.integer({ min: schema.minimum ?? -1_000, max: schema.maximum ?? 1_000 });
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "array":
      return fc.array(items ? fitting(items, document, depth) : fc.jsonValue(), {
        maxLength: isDeep ? 0 : 4,
      });
    case "object": {
      const members = Object.entries(properties)
        .filter(([name]) => !isDeep || required.includes(name))
        .map(([name, one]) => [name, fitting(one, document, depth)] as const);
      return fc.record(Object.fromEntries(members), { requiredKeys: [...required] });
    }
    default:
      return fc.jsonValue();
  }
}

/** Tells what is wrong with values by the document's own schemas. */
export class Validator {
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });

  constructor(document: OpenApi) {
    this.#ajv.addSchema(document, "api");
  }

  /** Undefined when the value fits. */
  flawOf({ $ref }: JsonSchema, value: unknown): string | undefined {
    const isValid = this.#ajv.validate({ $ref: `api${$ref}` }, value);
    return isValid ? undefined : this.#ajv.errorsText();
  }
}
