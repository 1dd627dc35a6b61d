import { describe, inject } from "vitest";
import { itHappensExactlyOnce } from "./exactly-once.ts";
import { memoryGround, realGround } from "./grounds.ts";

const pulsar = inject("pulsar");
const dynamodb = inject("dynamodb");

itHappensExactlyOnce("the embedded broker and the memory store", memoryGround, { stride: 8 });

describe.runIf(pulsar && dynamodb)("with real parts", () => {
  if (!pulsar || !dynamodb) return;
  itHappensExactlyOnce("Pulsar and DynamoDB Local", () => realGround(pulsar, dynamodb), { stride: 2 });
});
