const text = { type: "string", minLength: 1 };
const count = { type: "integer", minimum: 1 };

/** Of the function event `pulsar`. What a schema cannot say clearly is checked where targets are read. */
export const PULSAR_EVENT = {
  type: "object",
  properties: {
    service: text,
    workflow: text,
    topic: text,
    start: text,
    signal: text,
    id: text,
    method: text,
    channel: text,
    type: { enum: ["key_shared", "shared", "failover"] },
    subscription: text,
    batchSize: count,
    batchBytes: count,
    lingerMs: { type: "integer", minimum: 0 },
    maxConcurrency: count,
    maxAttempts: count,
  },
  additionalProperties: false,
};

/** Of a function, besides what the framework knows. */
export const FUNCTION = {
  type: "object",
  properties: {
    iamRoleStatements: {
      type: "array",
      items: {
        type: "object",
        properties: { Effect: { enum: ["Allow", "Deny"] } },
        required: ["Effect"],
      },
    },
  },
};

const JWT = {
  type: "object",
  properties: {
    issuerUrl: { type: "string", pattern: "^https://" },
    audience: { type: "array", items: text, minItems: 1 },
    scopes: { type: "array", items: text, minItems: 1 },
  },
  required: ["issuerUrl", "audience"],
  additionalProperties: false,
};

/** Text, or what CloudFormation makes a text of. */
const reference = { anyOf: [text, { type: "object", properties: {}, minProperties: 1 }] };

/** What is needed is told where settings are checked. */
const CONTAINER = {
  type: "object",
  properties: {
    image: reference,
    subnets: { type: "array", items: reference },
    securityGroups: { type: "array", items: reference },
    assignPublicIp: { type: "boolean" },
    cpu: count,
    memory: count,
    min: count,
    max: count,
    backlogPerTask: count,
    serviceUrl: { type: "string", pattern: "^pulsar(\\+ssl)?://" },
  },
  additionalProperties: false,
};

const OAUTH2 = {
  type: "object",
  properties: {
    issuerUrl: { type: "string", pattern: "^https://" },
    audience: text,
    scope: text,
    credentials: text,
  },
  required: ["issuerUrl", "credentials"],
  additionalProperties: false,
};

/** The ARN of a key, or what CloudFormation makes one of. */
const KEY = { anyOf: [text, { type: "object" }] };

const TABLE_NAME = { type: "string", pattern: "^[A-Za-z0-9_.-]{3,255}$" };
const BUCKET_NAME = { type: "string", pattern: "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$" };

/** The name of what the stack is to have, or of what there is already. */
function nameOrExisting(name: object, existing: object): object {
  return {
    anyOf: [
      name,
      { type: "object", properties: { existing }, required: ["existing"], additionalProperties: false },
    ],
  };
}

/** Of `custom`. */
export const CUSTOM = {
  type: "object",
  properties: {
    infinitic: {
      type: "object",
      properties: {
        pulsar: {
          type: "object",
          properties: {
            webUrl: { type: "string", pattern: "^https?://" },
            tenant: text,
            namespace: text,
            token: text,
            oauth2: OAUTH2,
            adminUrl: { type: "string", pattern: "^https?://" },
            manageTopics: { type: "boolean" },
            partitions: { type: "integer", minimum: 2 },
          },
          required: ["webUrl"],
          additionalProperties: false,
        },
        table: nameOrExisting(TABLE_NAME, TABLE_NAME),
        bucket: nameOrExisting(BUCKET_NAME, { anyOf: [BUCKET_NAME, { type: "object", minProperties: 1 }] }),
        api: text,
        timers: text,
        bridge: {
          anyOf: [
            text,
            {
              type: "object",
              properties: { container: CONTAINER },
              required: ["container"],
              additionalProperties: false,
            },
            {
              type: "object",
              properties: { external: { const: true } },
              required: ["external"],
              additionalProperties: false,
            },
          ],
        },
        slots: { type: "integer", minimum: 1, maximum: 20 },
        auth: {
          anyOf: [
            text,
            { type: "object", properties: { jwt: JWT }, required: ["jwt"], additionalProperties: false },
          ],
        },
        throttling: {
          type: "object",
          properties: { rate: count, burst: count },
          additionalProperties: false,
        },
        alarms: {
          anyOf: [
            { const: false },
            {
              type: "object",
              properties: { actions: { type: "array", minItems: 1 } },
              additionalProperties: false,
            },
          ],
        },
        encryption: {
          type: "object",
          properties: { kmsKey: KEY, formerKeys: { type: "array", items: KEY } },
          required: ["kmsKey"],
          additionalProperties: false,
        },
        retainData: { type: "boolean" },
        listIndex: { type: "boolean" },
      },
      required: ["pulsar"],
      additionalProperties: false,
    },
  },
};
