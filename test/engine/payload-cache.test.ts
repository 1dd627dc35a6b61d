import { expect, test, vi } from "vitest";
import { memoryStores } from "../../lib/adapters/memory/stores.ts";
import { Payloads } from "../../lib/instance/payloads.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

const RUN = { workflow: "Book", workflowId: "b", run: "r" };
const LARGE = 1_000_000;
/** The characters that are remembered, in values of that size. */
const ROOM = Math.floor((32 * 1024 * 1024) / LARGE);

test("of large values, those used last are remembered, within a bound", async () => {
  const { payloadStore } = memoryStores({ clock: new ManualClock() });
  const get = vi.spyOn(payloadStore, "get");
  const payloads = new Payloads(payloadStore);
  const kept: object[] = [];
  for (let nth = 0; nth < 2 * ROOM; nth += 1)
    kept.push(await payloads.keep(RUN, { value: `${nth} ${"x".repeat(LARGE)}` }));

  const again = async (nth: number): Promise<number> => {
    get.mockClear();
    await payloads.open(kept[nth] ?? {});
    return get.mock.calls.length;
  };
  expect(await again(2 * ROOM - 1)).toBe(0);
  expect(await again(ROOM + 2)).toBe(0);
  expect(await again(0)).toBe(1);
  // That one pushed out the least recently used.
  expect(await again(ROOM)).toBe(1);
});
