const text = { type: "string", minLength: 1 };
const count = { type: "integer", minimum: 1 };

/** Of the function event `pulsar`. What a schema cannot say clearly is checked where targets are read. */
export const PULSAR_EVENT = {
  type: "object",
  properties: {
    service: text,
    workflow: text,
    method: text,
    batchSize: count,
    lingerMs: { type: "integer", minimum: 0 },
    maxConcurrency: count,
  },
  additionalProperties: false,
};

/** Of `custom`. */
export const CUSTOM = {
  type: "object",
  properties: {
    infinitic: {
      type: "object",
      properties: {
        pulsar: {
          type: "object",
          properties: { webUrl: { type: "string", pattern: "^https?://" }, tenant: text, namespace: text },
          required: ["webUrl"],
          additionalProperties: false,
        },
        table: { type: "string", pattern: "^[A-Za-z0-9_.-]{3,255}$" },
        api: text,
        timers: text,
      },
      required: ["pulsar"],
      additionalProperties: false,
    },
  },
};
