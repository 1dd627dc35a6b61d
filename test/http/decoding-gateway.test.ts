import { describe } from "vitest";
import { gateway } from "./world.ts";

gateway.decodesPaths = true;

describe.each(["api", "by-tag", "start", "runs", "tasks", "idempotency", "unknown-members"])(
  "behind a gateway that hands paths on decoded: %s",
  async (file) => {
    await import(`./${file}.test.ts`);
  },
);
