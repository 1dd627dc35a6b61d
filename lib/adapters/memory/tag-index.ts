import type { Consumed } from "../../ports/state-store.ts";
import type { TagEntry, TagIndex, TagPage } from "../../ports/tag-index.ts";
import { itemBytes, writeUnits } from "../dynamodb/stored-item.ts";
import { encodeTag, formatTagCursor, parseTagCursor } from "../dynamodb/tag-item.ts";

/**
 * Keeps a tag's entries in this process, in DynamoDB's order and at DynamoDB's prices; lost with the process.
 *
 * @example
 * const index = new MemoryTagIndex();
 * await index.add([{ workflow: "Booking", tag: "vip", workflowId: "42", run: "r" }]);
 * const { entries, cursor } = await index.read("Booking", "vip", { limit: 100 });
 */
export class MemoryTagIndex implements TagIndex {
  /** By workflow and tag, then by where it is. */
  readonly #entries = new Map<string, Map<string, TagEntry>>();

  async add(entries: readonly TagEntry[]): Promise<Consumed> {
    for (const entry of entries) {
      const name = nameOf(entry.workflow, entry.tag);
      const ofTag = this.#entries.get(name) ?? new Map<string, TagEntry>();
      this.#entries.set(name, ofTag.set(placeOf(entry), entry));
    }
    return costOf(entries);
  }

  async remove(entries: readonly TagEntry[]): Promise<Consumed> {
    for (const entry of entries) {
      const name = nameOf(entry.workflow, entry.tag);
      const ofTag = this.#entries.get(name);
      ofTag?.delete(placeOf(entry));
      if (ofTag?.size === 0) this.#entries.delete(name);
    }
    return costOf(entries);
  }

  async read(
    workflow: string,
    tag: string,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string },
  ): Promise<TagPage> {
    const after = cursor === undefined ? "" : placeOf({ workflow, tag, ...parseTagCursor(cursor) });
    const found = [...(this.#entries.get(nameOf(workflow, tag)) ?? [])]
      .filter(([place]) => place > after)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, entry]) => entry);
    const entries = found.slice(0, limit);
    const last = entries.at(-1);
    return found.length > limit && last ? { entries, cursor: formatTagCursor(last) } : { entries };
  }
}

function nameOf(workflow: string, tag: string): string {
  return `${workflow}#${tag}`;
}

/** Partition and sort key: in the order of these a tag is read. */
function placeOf(entry: TagEntry): string {
  const { pk, sk } = encodeTag(entry);
  return `${pk.S} ${sk.S}`;
}

/** An item that is named twice is written once. */
function costOf(entries: readonly TagEntry[]): Consumed {
  const items = new Map(entries.map((entry) => [placeOf(entry), encodeTag(entry)]));
  let units = 0;
  for (const item of items.values()) units += writeUnits(itemBytes(item));
  return { readUnits: 0, writeUnits: units };
}
