import { CUSTOM, FUNCTION, PULSAR_EVENT } from "./schemas.ts";

/** What of a JSON schema is looked into. */
interface Schema {
  readonly properties?: { readonly [name: string]: Schema };
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
}

/** What the framework replaces before it checks: `${env:PULSAR_WEB_URL}`. */
const VARIABLE = { type: "string", pattern: "\\$\\{.+\\}" };

/** What of `serverless.yml` is the plugin's, for editors: published as `infinitic-serverless/schema.json`. */
export const SERVICE_SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "serverless.yml with infinitic-serverless",
  type: "object",
  properties: {
    custom: withVariables(CUSTOM),
    functions: {
      type: "object",
      additionalProperties: {
        ...FUNCTION,
        properties: {
          ...FUNCTION.properties,
          events: {
            type: "array",
            items: { type: "object", properties: { pulsar: withVariables(PULSAR_EVENT) } },
          },
        },
      },
    },
  },
};

/** The same where variables may stand in the place of values. */
function withVariables(schema: object): Schema {
  const { properties, items, anyOf }: Schema = schema;
  const orVariable = (inner: Schema): Schema => ({ anyOf: [withVariables(inner), VARIABLE] });
  const entries = Object.entries(properties ?? {}).map(([name, inner]) => [name, orVariable(inner)]);
  return {
    ...schema,
    ...(properties && { properties: Object.fromEntries(entries) }),
    ...(items && { items: orVariable(items) }),
    ...(anyOf && { anyOf: anyOf.map(withVariables) }),
  };
}
