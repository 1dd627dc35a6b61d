import { expect, test } from "vitest";
import { handler } from "../../docs/examples/tasks-function.ts";

test("a function for tasks outside a workflow asks for what the plugin gives it", () => {
  expect(process.env["INFINITIC_TABLE"]).toBeUndefined();
  expect(() => handler({ kind: "messages", records: [] } as never)).toThrow("INFINITIC_TABLE");
});
