import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import { type InstanceMessage, MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { RunKey } from "../../lib/core/values/ids.ts";
import { isOwnedBy, type PayloadReference, refer, referenceIn } from "../../lib/core/values/payload.ts";
import type { EngineStores } from "../../lib/engine/workflow-handler.ts";
import { readInstance } from "../../lib/instance/read-instance.ts";
import type { PayloadStore } from "../../lib/ports/payload-store.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import { Workflow, type WorkflowClass } from "../../lib/runtime/workflow-class.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { EngineFunction } from "./engine-function.ts";

interface Press {
  print(text: string): Promise<string>;
}
const Press = defineService<Press>("Press");

interface Book {
  readonly pages: Channel<string>;
  run(title: string): Promise<string>;
}
const Book = defineWorkflow<Book>("Book");

const LARGE = 300_000;
const text = (letter: string): string => letter.repeat(LARGE);

class BookV1 extends Workflow implements Book {
  static checkMode: "simple" | "strict" = "simple";
  readonly pages = channel<string>();
  protected readonly press = newService(Press);

  async run(title: string): Promise<string> {
    const printed = await this.press.print(text("a"));
    const page = await this.pages.receive();
    return [title, printed, page].map((part) => `${part[0]}${part.length}`).join(" ");
  }
}

class StrictBook extends BookV1 {
  static override checkMode = "strict" as const;
}

class OtherBook extends StrictBook {
  override async run(): Promise<string> {
    return await this.press.print(text("b"));
  }
}

class LostBook extends BookV1 {
  static readonly version = 2;
}

const DAY_MS = 86_400_000;
const clock = new ManualClock();
const key = { workflow: "Book", workflowId: "b" };
const runKey = { ...key, run: "r1" };
const sender = { workflow: "Other", workflowId: "o", run: "o1" };
let book: EngineFunction;
let payloadStore: PayloadStore;

/** Code in a sandbox of its own, on the same stores: nothing is warm. */
function deploy(code: WorkflowClass<Book>): void {
  book = new EngineFunction({ workflow: workflowOf(Book, code), clock, stores: book.stores });
}

const head = () => ({ format: MESSAGE_FORMAT, at: clock.now(), ...key });
const put = (run: RunKey, value: unknown): Promise<PayloadReference> =>
  payloadStore.put(run, JSON.stringify(value));
const isThere = async ({ key }: PayloadReference): Promise<boolean> =>
  payloadStore.get(key).then(
    () => true,
    () => false,
  );
const start = (args: readonly string[] = ["t"]): InstanceMessage => ({
  kind: "start",
  id: "r1",
  ...head(),
  method: "run",
  args,
});
const page = (value: string, id = `page ${value}`): InstanceMessage => ({
  kind: "signal",
  id,
  ...head(),
  channel: "pages",
  value,
});
const printed = (value: string): InstanceMessage => ({
  kind: "task-completed",
  id: "task",
  ...head(),
  run: "r1",
  command: "0.0",
  value,
});
const instance = () => readInstance(book.stores.stateStore, key);
const result = async () => (await instance())?.state.methods[0]?.endings.at(-1);
const references = async () =>
  ((await instance())?.history ?? []).flatMap((record) => referenceIn(record) ?? []);

beforeEach(() => {
  book = new EngineFunction({ workflow: workflowOf(Book, BookV1), clock });
  ({ payloadStore } = book.stores);
});

describe.each([
  ["simple", BookV1],
  ["strict", StrictBook],
])("code whose replays are %s", (_, code) => {
  test("sees large values whole in a sandbox that never saw them", async () => {
    deploy(code);
    const title = await put(runKey, [text("t")]);
    await book.invoke([refer(start(), title)]);
    deploy(code);
    await book.invoke([refer(printed(""), await put(runKey, text("p")))]);
    deploy(code);
    await book.invoke([refer(page(""), await put({ ...key, run: "page " }, text("q")))]);
    expect(await result()).toEqual({ kind: "completed", value: `t${LARGE} p${LARGE} q${LARGE}` });
    expect(JSON.stringify((await instance())?.history).length).toBeLessThan(3_000);
  });
});

test("a strict replay tells another large argument from the recorded one", async () => {
  deploy(StrictBook);
  await book.invoke([start()]);
  deploy(OtherBook);
  await book.invoke([page("p")]);
  expect((await instance())?.stopped?.failure.name).toBe("WorkflowChangedError");
});

describe("a payload of another run", () => {
  test("is copied before history refers to it", async () => {
    const foreign = await put(sender, [text("t")]);
    await book.invoke([refer(start(), foreign)]);
    await payloadStore.deleteRun(sender);
    expect((await references()).every((reference) => isOwnedBy(reference, runKey))).toBe(true);
    deploy(BookV1);
    await book.invoke([printed("p"), page("q")]);
    expect(await result()).toEqual({ kind: "completed", value: `t${LARGE} p1 q1` });
  });

  test("that is gone parks its message; the others go on", async () => {
    const lost = await put(sender, text("x"));
    await payloadStore.deleteRun(sender);
    const { parked } = await book.invoke([start(), refer(page("", "lost"), lost), page("q"), printed("p")]);
    expect(parked).toEqual([{ id: "1", code: "PAYLOAD_MISSING", reason: expect.any(String) }]);
    expect(await result()).toEqual({ kind: "completed", value: "t1 p1 q1" });
  });
});

describe("a store", () => {
  test("that cannot be read for now stops no instance: the message is tried again", async () => {
    const title = await put(runKey, [text("t")]);
    await book.invoke([refer(start(), title)]);
    const { stores } = book;
    const unavailable = new EngineFunction({
      workflow: workflowOf(Book, BookV1),
      clock,
      stores: withGet(() => Promise.reject(new InfiniticError("STORE_UNAVAILABLE", "no answer"))),
    });
    const { batchItemFailures } = await unavailable.invoke([printed("p")]);
    expect(batchItemFailures).toEqual([{ itemIdentifier: "0", reason: "STORE_UNAVAILABLE: no answer" }]);
    expect((await readInstance(stores.stateStore, key))?.status).toBe("running");
    deploy(BookV1);
    await book.invoke([printed("p"), page("q")]);
    expect(await result()).toEqual({ kind: "completed", value: `t${LARGE} p1 q1` });
  });

  test("that another step has just taken a payload from parks nothing", async () => {
    await book.invoke([start()]);
    const message = refer(page("", "s1"), await put({ ...key, run: "s1" }, text("x")));
    let isFirst = true;
    const slower = new EngineFunction({
      workflow: workflowOf(Book, BookV1),
      clock,
      stores: withGet(async (payload) => {
        if (isFirst) {
          isFirst = false;
          await book.invoke([message]);
        }
        return payloadStore.get(payload);
      }),
    });
    const { parked, batchItemFailures } = await slower.invoke([message]);
    expect({ isFirst, parked, batchItemFailures }).toEqual({
      isFirst: false,
      parked: [],
      batchItemFailures: [],
    });
    await book.invoke([printed("p")]);
    expect(await result()).toEqual({ kind: "completed", value: `t1 p1 x${LARGE}` });
  });

  function withGet(get: PayloadStore["get"]): EngineStores {
    return {
      ...book.stores,
      payloadStore: {
        put: (run, value) => payloadStore.put(run, value),
        get,
        deleteRun: (run) => payloadStore.deleteRun(run),
      },
    };
  }
});

describe("a payload that a message from outside brought along", () => {
  const transit = { ...key, run: "s1" };

  test("goes once the run has its own, however often the message comes", async () => {
    await book.invoke([start()]);
    const reference = await put(transit, text("x"));
    await book.invoke([refer(page("", "s1"), reference)]);
    expect(await isThere(reference)).toBe(false);
    const { parked } = await book.invoke([refer(page("", "s1"), reference)]);
    expect(parked).toEqual([]);
    await book.invoke([printed("p")]);
    expect(await result()).toEqual({ kind: "completed", value: `t1 p1 x${LARGE}` });
  });

  test("stays while its message waits for a start, and goes when that has come", async () => {
    const reference = await put(transit, text("x"));
    await book.invoke([refer(page("", "s1"), reference)]);
    expect(await isThere(reference)).toBe(true);
    await book.invoke([start()]);
    expect(await isThere(reference)).toBe(false);
    await book.invoke([printed("p")]);
    expect(await result()).toEqual({ kind: "completed", value: `t1 p1 x${LARGE}` });
  });

  test("goes by itself when nothing starts", async () => {
    const reference = await put(transit, text("x"));
    await book.invoke([refer(page("", "s1"), reference)]);
    const [wake] = await dueItems();
    expect(wake?.dueAt).toBeGreaterThan(clock.now() + DAY_MS);
    await clock.advance(DAY_MS + 120_000);
    await book.invoke([JSON.parse(wake?.payload ?? "") as InstanceMessage]);
    expect(await isThere(reference)).toBe(false);
  });

  test("goes once its start, which began nothing, is too old to begin anything", async () => {
    await book.invoke([start()]);
    const reference = await put({ ...key, run: "r2" }, [text("t")]);
    await book.invoke([refer({ ...start(), id: "r2" }, reference)]);
    expect((await instance())?.state.key.run).toBe("r1");
    expect(await isThere(reference)).toBe(true);
    const [wake] = await dueItems();
    await clock.advance(61 * DAY_MS);
    await book.invoke([JSON.parse(wake?.payload ?? "") as InstanceMessage]);
    expect(await isThere(reference)).toBe(false);
  });
});

test("the payloads of a run go after its retention, orphans included", async () => {
  await book.invoke([start(), printed("p"), page("q")]);
  const orphan = await put(runKey, "orphan");
  const kept = [...(await references()), orphan];
  expect(kept).toHaveLength(2);
  const [wake] = await dueItems();
  await clock.advance(31 * DAY_MS);
  await book.invoke([JSON.parse(wake?.payload ?? "") as InstanceMessage]);
  expect(await Promise.all(kept.map(isThere))).toEqual([false, false]);
});

describe("messages that wait for code", () => {
  const many = (count: number): readonly InstanceMessage[] =>
    Array.from({ length: count }, (_, n) => page(`${n}:${"noise".repeat(12_000)}`, `s${n}`));

  test("take little of the item, however large they are", async () => {
    await book.invoke([start()]);
    deploy(LostBook);
    for (const message of many(100)) await book.invoke([message]);
    const { item } = await book.stores.stateStore.load(key);
    expect(item?.status).toBe("stopped");
    expect(item?.body.length).toBeLessThan(50_000);
    deploy(BookV1);
    await book.invoke([printed("p")]);
    expect(await result()).toEqual({ kind: "completed", value: "t1 p1 060002" });
  });

  test("fail the workflow when there are more than its item can hold", async () => {
    const caller = { workflow: "Shop", workflowId: "s", run: "s1", command: "0.0" };
    await book.invoke([{ ...start(), caller } as InstanceMessage]);
    deploy(LostBook);
    const call = { kind: "method", id: "call-1", ...head(), method: "run", args: ["t"] } as const;
    await book.invoke([{ ...call, caller: { ...caller, command: "0.1" } }]);
    const told: string[] = [];
    for (let n = 0; n < 30 && (await instance())?.status !== "failed"; n += 1) {
      const { emits } = await book.invoke(unique(100, n));
      told.push(...emits.map(({ payload }) => payload));
    }
    const failure = { name: "StateTooLargeError" };
    expect(await result()).toMatchObject({ kind: "failed", failure });
    const ended = told.map((payload) => JSON.parse(payload)).find(({ kind }) => kind === "child-ended");
    expect(ended).toMatchObject({ ...caller, outcome: { kind: "failed", failure } });
    expect(told.map((payload) => JSON.parse(payload).id)).toContain("call-1:answered");
  });

  test("are parked when there are more than can wait for a start", async () => {
    const parked: string[] = [];
    for (let n = 0; n < 30 && parked.length === 0; n += 1) {
      const reply = await book.invoke(unique(100, n));
      parked.push(...(reply.parked ?? []).map(({ code }) => code));
    }
    expect(parked).toEqual(Array.from({ length: 100 }, () => "STATE_TOO_LARGE"));
    await book.invoke([start(), printed("p")]);
    expect((await result())?.kind).toBe("completed");
  });

  /** Signals that are small, but that nothing compresses. */
  function unique(count: number, batch: number): readonly InstanceMessage[] {
    return Array.from({ length: count }, (_, n) =>
      page(randomBytes(350).toString("base64"), `s${batch}-${n}`),
    );
  }
});

async function dueItems() {
  const minutes = [1, 30, 31, 60].map((days) => Math.floor((clock.now() + days * DAY_MS) / 60_000));
  const pages = await Promise.all(
    minutes.flatMap((minute) =>
      Array.from({ length: 5 }, (_, n) => book.stores.dueStore.read(minute + n - 1, 10)),
    ),
  );
  return pages.flatMap(({ items }) => items);
}
