import { expect, test } from "vitest";
import { readBody } from "../../lib/http/body.ts";

test("a body that serverless-offline has parsed already is the value that it was", () => {
  const read = (body: unknown): unknown => readBody({ body: body as string, isBase64Encoded: false });
  expect([false, 0, "false", "0"].map(read)).toEqual([false, 0, false, 0]);
  expect([null, undefined, ""].map(read)).toEqual([{}, {}, {}]);
});
