import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "../../lib/core/values/fifo.ts";

test("a queue gives what was put in, in order, however it grows and shrinks", () => {
  const operations = fc.array(
    fc.tuple(fc.constantFrom("push", "shift", "drain"), fc.integer({ min: 1, max: 1_500 })),
  );
  fc.assert(
    fc.property(operations, (steps) => {
      const queue = new Fifo<number>();
      const model: number[] = [];
      let next = 0;
      for (const [kind, times] of steps) {
        if (kind === "drain") expect(queue.drain()).toEqual(model.splice(0));
        for (let time = 0; kind !== "drain" && time < times; time++) {
          if (kind === "shift") expect(queue.shift()).toBe(model.shift());
          else {
            queue.push(next);
            model.push(next++);
          }
        }
        expect(queue.size).toBe(model.length);
      }
    }),
    { numRuns: 50 },
  );
});
