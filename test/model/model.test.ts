import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canUse } from "../tools.ts";
import { BROKEN, checkModel } from "./checker.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const canCheck = await canUse("spin", "gcc");

describe.runIf(canCheck)("the model of the step, which needs spin and gcc", () => {
  it("keeps I1, I3, I4 and I5 in every state, whatever two faults hit", { timeout: 180_000 }, async () => {
    const { broken, states, unreached } = await checkModel({ faults: 2 });
    expect(broken).toBeUndefined();
    expect(states).toBeGreaterThan(1_000_000);
    // No part of the model is dead: what no run comes to is what a broken invariant would do, emits that an entry
    // cannot have by its number, and the ends of processes that never end.
    const isMeant = (statement: string): boolean =>
      /broken|-end-|^\d+: (else|\(\(\(happened\[\d\]!=0\))/.test(statement);
    expect(unreached.filter((statement) => !isMeant(statement))).toEqual([]);
  });

  it("comes to an end in every run", { timeout: 180_000 }, async () => {
    const { broken, states } = await checkModel({ faults: 1, endless: true });
    expect(broken).toBeUndefined();
    expect(states).toBeGreaterThan(100_000);
  });

  it.each(Object.entries(BROKEN))("finds that %s breaks I%i", async (variant, invariant) => {
    expect(await checkModel({ variant })).toMatchObject({ broken: invariant });
  });
});

describe("the page of the model", () => {
  const page = read("docs/model.md");
  const model = read("test/model/step.pml");
  const rows = [...page.matchAll(/^\| `(\w+)` \| (.+?) \| .+ \|$/gm)].map(([, label = "", places = ""]) => ({
    label,
    places,
  }));

  it("has a row for each transition of the model, and no other", () => {
    const labels = [...model.matchAll(/^(?:end_)?(\w+):(?!:)/gm)].map(([, label]) => label);
    expect(rows.map(({ label }) => label)).toEqual(labels);
  });

  it("names functions that are there", () => {
    const places = rows.flatMap(({ places }) => [...places.matchAll(/`([\w#]+)` in `(lib\/[\w/-]+\.ts)`/g)]);
    expect(places.length).toBeGreaterThanOrEqual(rows.length);
    for (const [, name = "", path = ""] of places) {
      const declared = new RegExp(
        `(function\\*? |get |async |const |class |^  )${name.replace("#", "#")}\\b`,
        "m",
      );
      expect(declared.test(read(path)), `${name} in ${path}`).toBe(true);
    }
  });

  it("names every broken variant", () => {
    expect(Object.keys(BROKEN).filter((variant) => !page.includes(`\`${variant}\``))).toEqual([]);
    expect(Object.keys(BROKEN).filter((variant) => !model.includes(variant))).toEqual([]);
  });
});
