import { describe, expect, test } from "vitest";
import { readBody } from "../../lib/http/body.ts";

test("a body that serverless-offline has parsed already is the value that it was", () => {
  const read = (body: unknown): unknown => readBody({ body: body as string, isBase64Encoded: false });
  expect([false, 0, "false", "0"].map(read)).toEqual([false, 0, false, 0]);
  expect([null, undefined, ""].map(read)).toEqual([{}, {}, {}]);
});

describe("EDG-89 a body", () => {
  const MARK = "\uFEFF";
  const bytes = (text: string): string => Buffer.from(text).toString("base64");
  const read = (body: string, isBase64Encoded = false): unknown => readBody({ body, isBase64Encoded });

  test("may begin with a byte order mark, as text and in base64", () => {
    expect(read(`${MARK}{"args":[1]}`)).toEqual({ args: [1] });
    expect(read(bytes(`${MARK}{"args":[1]}`), true)).toEqual({ args: [1] });
    expect(read(`${MARK}\r\n {"args":[1]}\n`)).toEqual({ args: [1] });
  });

  test("of a byte order mark alone, or of nothing, is none", () => {
    expect([MARK, ` ${MARK}`, " \n", ""].map((text) => read(text))).toEqual([{}, {}, {}, {}]);
    expect([MARK, ""].map((text) => read(bytes(text), true))).toEqual([{}, {}]);
  });

  test("keeps a byte order mark within a text of its own", () => {
    expect(read(`{"args":["${MARK}x"]}`)).toEqual({ args: [`${MARK}x`] });
  });

  test.each([
    ["two byte order marks", `${MARK}${MARK}{}`, false],
    ["UTF-16", Buffer.from(`${MARK}{"args":[]}`, "utf16le").toString("base64"), true],
    ["Latin-1", Buffer.from('{"args":["é"]}', "latin1").toString("base64"), true],
  ])("of %s is no JSON", (_title, body, isBase64Encoded) => {
    expect(() => read(body, isBase64Encoded)).toThrow(expect.objectContaining({ code: "INVALID_JSON" }));
  });
});
