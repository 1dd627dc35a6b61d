import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TagEntry, TagIndex } from "../../lib/ports/tag-index.ts";

/** Opens indexes of one and the same data. */
export interface TagIndexSubject {
  open(): TagIndex;
  stop(): Promise<void>;
}

const ODD_TAGS: readonly (readonly [name: string, tag: string])[] = [
  ["one character", "x"],
  ["nothing but #", "##"],
  ["what looks like a shard", "a#0"],
  ["a space", " "],
  ["quotes and backslashes", '\\"\\u0023'],
  ["control characters", "\0\n\u0085\u2028"],
  ["letters of many scripts", "žluťoučký 漢字 🦆"],
  ["128 characters of three bytes", "漢".repeat(128)],
  ["128 control characters", "\u0001".repeat(128)],
];

/** Specifies {@link TagIndex} for one adapter. */
export function tagIndexContract(name: string, start: () => Promise<TagIndexSubject>): void {
  describe(`tag index: ${name}`, () => {
    let subject: TagIndexSubject;
    let index: TagIndex;
    beforeAll(async () => {
      subject = await start();
      index = subject.open();
    });
    afterAll(() => subject.stop());

    const newTag = (): string => `tag-${randomUUID()}`;
    const pagesOf = async (tag: string, limit: number, workflow = "Booking") => {
      const pages: (readonly TagEntry[])[] = [];
      let cursor: string | undefined;
      do {
        const page = await index.read(workflow, tag, { limit, ...(cursor !== undefined && { cursor }) });
        pages.push(page.entries);
        cursor = page.cursor;
      } while (cursor !== undefined);
      return pages;
    };
    const entriesOf = async (tag: string, workflow = "Booking") => (await pagesOf(tag, 100, workflow)).flat();

    test("finds what was added, whoever asks", async () => {
      const entry = entryOf(newTag(), { workflowId: "a.b_c~d@e-f", run: "r.s_t~u@v-w" });
      await index.add([entry]);
      const page = await subject.open().read("Booking", entry.tag, { limit: 10 });
      expect(page).toEqual({ entries: [entry] });
    });

    test("has one empty page for a tag without entries", async () => {
      expect(await index.read("Booking", newTag(), { limit: 10 })).toEqual({ entries: [] });
    });

    test("keeps an entry that is added again once", async () => {
      const entry = entryOf(newTag());
      await index.add([entry, entry]);
      await index.add([entry]);
      expect(await entriesOf(entry.tag)).toEqual([entry]);
    });

    test("keeps the runs of one id apart, also when one of them is removed", async () => {
      const tag = newTag();
      const [first, second] = [entryOf(tag, { run: "first" }), entryOf(tag, { run: "second" })];
      await index.add([first]);
      await index.add([second]);
      expect(await entriesOf(tag)).toEqual([first, second]);
      await index.remove([first]);
      expect(await entriesOf(tag)).toEqual([second]);
    });

    test("tells workflows, and tags that begin alike, apart", async () => {
      const tag = newTag();
      const others = [
        entryOf(tag, { workflow: "Booking2" }),
        entryOf(`${tag}2`),
        entryOf(`${tag}#`),
        entryOf(`${tag}#0`),
        entryOf(tag.toUpperCase()),
      ];
      await index.add(others);
      expect(await entriesOf(tag)).toEqual([]);
      for (const other of others) expect(await entriesOf(other.tag, other.workflow)).toEqual([other]);
    });

    test.each(ODD_TAGS)("finds entries under a tag of %s", async (_, tag) => {
      const workflow = `W${randomUUID()}`;
      const entries = [
        entryOf(tag, { workflow, workflowId: "a" }),
        entryOf(tag, { workflow, workflowId: "b" }),
      ];
      await index.add(entries);
      const pages = await pagesOf(tag, 1, workflow);
      expect(sorted(pages.flat())).toEqual(entries);
      expect(pages).toHaveLength(2);
      await index.remove(entries);
      expect(await entriesOf(tag, workflow)).toEqual([]);
    });

    test("tells tags apart that UTF-8 cannot write", async () => {
      const workflow = `W${randomUUID()}`;
      const entries = ["\ud800", "\udfff", "\ufffd", "\\ud800"].map((tag) => entryOf(tag, { workflow }));
      await index.add(entries);
      for (const entry of entries) expect(await entriesOf(entry.tag, workflow)).toEqual([entry]);
    });

    test.each([1, 7, 59, 60, 61, 1_000])("gives 60 entries in full pages of %i, each once", async (limit) => {
      const tag = newTag();
      const entries = idsOf(60).map((workflowId) => entryOf(tag, { workflowId }));
      await index.add(entries);
      const pages = await pagesOf(tag, limit);
      expect(pages.slice(0, -1).every(({ length }) => length === limit)).toBe(true);
      expect(pages).toHaveLength(Math.ceil(60 / limit));
      expect(sorted(pages.flat())).toEqual(entries);
    });

    test("loses no entry to those that are added and removed between pages", async () => {
      const tag = newTag();
      const kept = idsOf(40).map((workflowId) => entryOf(tag, { workflowId }));
      await index.add(kept);
      const seen: TagEntry[] = [];
      let cursor: string | undefined;
      for (let round = 0; round === 0 || cursor !== undefined; round += 1) {
        const page = await index.read("Booking", tag, { limit: 6, ...(cursor !== undefined && { cursor }) });
        seen.push(...page.entries);
        cursor = page.cursor;
        await index.remove(page.entries);
        await index.add([entryOf(tag, { workflowId: `new-${round}` })]);
      }
      expect(sorted(seen.filter(({ workflowId }) => !workflowId.startsWith("new-")))).toEqual(kept);
    });

    test("removes what it is told to, however often, and nothing else", async () => {
      const tag = newTag();
      const entries = idsOf(70).map((workflowId) => entryOf(tag, { workflowId }));
      await index.add(entries);
      const removed = entries.slice(3);
      await index.remove([...removed, ...removed, entryOf(tag, { workflowId: "absent" })]);
      await index.remove(removed);
      await index.remove([]);
      expect(sorted(await entriesOf(tag))).toEqual(entries.slice(0, 3));
    });

    test.each(["", "a", "a:", ":b", "a:b:c", "a#b", "a:b ", "é:b"])(
      "refuses the cursor %j as an invalid request",
      async (cursor) => {
        const read = index.read("Booking", newTag(), { limit: 10, cursor });
        await expect(read).rejects.toMatchObject({ code: "INVALID_REQUEST" });
      },
    );

    test("costs a write unit an entry, added or removed, and nothing for none", async () => {
      const tag = newTag();
      const entries = idsOf(60).map((workflowId) => entryOf(tag, { workflowId }));
      const sixty = { readUnits: 0, writeUnits: 60 };
      expect(await index.add(entries)).toEqual(sixty);
      expect(await index.add([...entries, ...entries])).toEqual(sixty);
      expect(await index.remove(entries)).toEqual(sixty);
      expect(await index.add([])).toEqual({ readUnits: 0, writeUnits: 0 });
    });
  });
}

function entryOf(tag: string, more: Partial<TagEntry> = {}): TagEntry {
  return { workflow: "Booking", tag, workflowId: "id", run: "run", ...more };
}

/** Ids of every shard. */
function idsOf(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `id-${String(n).padStart(3, "0")}`);
}

function sorted(entries: readonly TagEntry[]): TagEntry[] {
  return entries.toSorted((a, b) => (a.workflowId < b.workflowId ? -1 : 1));
}
