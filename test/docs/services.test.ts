import { expect, test } from "vitest";
import { handler, invokedDirectly, Warehouse } from "../../docs/examples/services.ts";

test("a service function is invoked directly: it gives its value or throws its error", async () => {
  expect(await invokedDirectly()).toEqual({ grams: 500 });
  await expect(handler({ method: "weigh", args: ["parcel-7"] })).rejects.toThrow("no parcel parcel-7 here");
});

test("a service is an ordinary class", async () => {
  expect(await new Warehouse().pack("7", ["pen"])).toBe("parcel-7");
});
