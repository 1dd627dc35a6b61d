import { beforeEach, describe, expect, test } from "vitest";
import { defineWorkflow } from "../../lib/core/contract/definition.ts";
import { type InstanceMessage, MESSAGE_FORMAT, type WakeMessage } from "../../lib/core/protocol/messages.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { EngineFunction } from "./engine-function.ts";

interface Album {
  readonly pages: Channel<string>;
  run(pages: number): Promise<number>;
}
const Album = defineWorkflow<Album>("Album");

class AlbumV1 extends Workflow implements Album {
  readonly pages = channel<string>();

  async run(pages: number): Promise<number> {
    for (let nth = 0; nth < pages; nth++) await this.pages.receive();
    return pages;
  }
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const key = { workflow: "Album", workflowId: "a" };
const PAGES = 10;
let clock: ManualClock;
let album: EngineFunction;

const head = (id: string) => ({ format: MESSAGE_FORMAT, id, at: clock.now(), ...key });
const start = (id: string, more: object = {}): InstanceMessage => ({
  kind: "start",
  ...head(id),
  method: "run",
  args: [PAGES],
  customId: "a",
  ...more,
});
const page = (nth: number): InstanceMessage => ({
  kind: "signal",
  ...head(`page-${nth}`),
  channel: "pages",
  // Different on every page, or it would be compressed away.
  value: Array.from({ length: 100 }, (_, at) => (nth * 7_919 + at * 104_729).toString(36)).join(),
});
const fill = async (run: string): Promise<void> => {
  await album.invoke([start(run)]);
  for (let nth = 0; nth < PAGES; nth++) await album.invoke([page(nth)]);
};
const chunksOf = async (run: string) => (await album.stores.stateStore.loadChunks(key, run)).chunks.length;
const statusOf = async () => (await album.stores.stateStore.load(key)).item?.status;

/** The wake-ups that wait in the store for a day. */
async function wakesAround(instant: number): Promise<readonly WakeMessage[]> {
  const minutes = [-1, 0, 1, 2].map((more) => Math.floor(instant / MINUTE_MS) + more);
  const pages = await Promise.all(minutes.map((minute) => album.stores.dueStore.read(minute, 100)));
  return pages.flatMap(({ items }) => items.map(({ payload }) => JSON.parse(payload) as WakeMessage));
}

beforeEach(() => {
  clock = new ManualClock();
  album = new EngineFunction({ workflow: workflowOf(Album, AlbumV1), clock });
});

describe("the chunks of an instance", () => {
  test("are deleted by a wake-up at the end of its retention", async () => {
    await fill("r1");
    expect(await statusOf()).toBe("completed");
    expect(await chunksOf("r1")).toBeGreaterThan(0);
    const [wake, ...others] = await wakesAround(clock.now() + 30 * DAY_MS);
    expect(others).toEqual([]);
    await clock.advance((wake as WakeMessage).dueAt - clock.now());
    expect(await statusOf()).toBeUndefined();
    await album.invoke([wake as WakeMessage]);
    expect(await chunksOf("r1")).toBe(0);
  });

  test("stay while its item does, whenever the wake-up comes", async () => {
    await fill("r1");
    const [wake] = await wakesAround(clock.now() + 30 * DAY_MS);
    await album.invoke([wake as WakeMessage]);
    expect(await chunksOf("r1")).toBeGreaterThan(0);
    expect(await statusOf()).toBe("completed");
    // And another one will come for them.
    expect((await wakesAround(clock.now() + 30 * DAY_MS)).length).toBeGreaterThan(0);
  });

  test("of an earlier run of a custom id are deleted without those of the one that lives", async () => {
    await fill("r1");
    const [wake] = await wakesAround(clock.now() + 30 * DAY_MS);
    await album.invoke([start("r2", { args: [PAGES + 1] })]);
    for (let nth = 0; nth < PAGES; nth++) await album.invoke([page(PAGES + nth)]);
    const { cleansUp: _, ...stray } = wake as WakeMessage;
    await album.invoke([stray]);
    // What the first run has sent may still be on its way, and refer to what is left of it.
    expect(await chunksOf("r1")).toBeGreaterThan(0);
    await album.invoke([wake as WakeMessage]);
    expect(await chunksOf("r1")).toBe(0);
    expect(await chunksOf("r2")).toBeGreaterThan(0);
    expect(await statusOf()).toBe("running");
  });
});

test("an instance that made no chunks ends without a wake-up", async () => {
  await album.invoke([start("r1", { args: [0] })]);
  expect(await statusOf()).toBe("completed");
  expect(await wakesAround(clock.now() + 30 * DAY_MS)).toEqual([]);
});
