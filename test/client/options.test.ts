import { describe, expect, test } from "vitest";
import { InfiniticClient } from "../../lib/client/client.ts";
import { Desk, Visit } from "../http/world.ts";

const client = new InfiniticClient({
  url: "http://api/",
  fetch: async () => {
    throw new RangeError("expected no request, got one");
  },
});
const invalid = expect.objectContaining({ code: "INVALID_OPTION" });
/** What types forbid, and what JavaScript lets through. */
const wild = (options: unknown) => options as object;

describe("EDG-41 options of a client that no message can carry are refused where they are given", () => {
  test.each<[unknown]>([
    [{ tags: [""] }],
    [{ tags: "vip" }],
    [{ tags: [5] }],
    [{ tags: Array.from({ length: 101 }, (_, nth) => `t${nth}`) }],
    [{ meta: [] }],
    [{ meta: null }],
    [{ meta: { a: 5n } }],
    [{ timeout: -5 }],
    [{ timeout: 0 }],
    [{ timeout: "x" }],
    [{ timeout: Number.NaN }],
    [{ timeuot: "1h" }],
  ])("%o", (options) => {
    expect(() => client.newWorkflow(Visit, wild(options))).toThrow(invalid);
    expect(() => client.newService(Desk, wild(options))).toThrow(invalid);
  });

  test.each<[unknown]>([[""], [5], [null], ["x".repeat(300)]])("the custom id %o", (customId) => {
    expect(() => client.newWorkflow(Visit, wild({ customId }))).toThrow(invalid);
    expect(() => client.getWorkflowByCustomId(Visit, customId as string)).toThrow(invalid);
  });

  test.each<[unknown]>([[""], [5], [null], ["a/b"], ["by-tag"]])("the id %o", (id) => {
    expect(() => client.newWorkflow(Visit, wild({ id }))).toThrow(invalid);
    expect(() => client.getWorkflowById(Visit, id as string)).toThrow(invalid);
  });
});
