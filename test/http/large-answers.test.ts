import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { toGatewayResult } from "../../lib/http/answer.ts";

const answer = (body: unknown) => ({ status: 200, body });
const quotes = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `${n % 10}`);

test("a small answer is written as it is", () => {
  expect(toGatewayResult(answer({ result: 1 }), "gzip, br")).toMatchObject({ body: '{"result":1}' });
});

test("a large answer is compressed for whoever takes that, and fits what Lambda takes", () => {
  const large = answer({ result: quotes(1_250_000) });
  const result = toGatewayResult(large, "br, gzip;q=0.8");
  expect(result).toMatchObject({ isBase64Encoded: true, headers: { "content-encoding": "gzip" } });
  expect(JSON.parse(gunzipSync(Buffer.from(result.body ?? "", "base64")).toString())).toEqual(large.body);
  expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(6_000_000);
});

test("a large answer is written as it is for whoever takes no other, as long as Lambda takes it", () => {
  const large = answer({ result: "x".repeat(5_000_000) });
  const result = toGatewayResult(large);
  expect(result.isBase64Encoded).toBeUndefined();
  expect(result.body).toHaveLength(5_000_000 + '{"result":""}'.length);
});

test("an answer that Lambda would not take is an error that says how to get it", () => {
  expect(() => toGatewayResult(answer({ result: quotes(1_250_000) }))).toThrow(
    expect.objectContaining({ code: "RESULT_TOO_LARGE", message: expect.stringContaining("gzip") }),
  );
});
