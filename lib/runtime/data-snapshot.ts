import { types } from "node:util";
import { contentOf, type Parts, restorerOf } from "./data-content.ts";

/** How deep a snapshot looks into values, and at how many of them: what is beyond is not part of it. */
const MAX_DEPTH = 6;
const MAX_VALUES = 1_000;

/** A value as it was, with its parts where it has any. */
interface Snapshot {
  readonly value: unknown;
  readonly parts?: ReadonlyMap<unknown, Snapshot>;
  /** Puts back what was in the value itself. */
  readonly putBack?: () => void;
}

interface Room {
  values: number;
}

/**
 * The properties of an object as they were, with the data in them, so that they can be compared and put back.
 *
 * It calls no code of the values: methods that a class has in place of those of Map, Set or Date, and accessors, do not
 * run.
 */
export class DataSnapshot {
  readonly #root: Snapshot;

  constructor(object: object) {
    const properties = contentOf(object, Number.POSITIVE_INFINITY, true) ?? new Map();
    const room = { values: MAX_VALUES };
    this.#root = {
      value: object,
      parts: snapshotsOf(properties, MAX_DEPTH, room),
      putBack: restorerOf(object),
    };
  }

  /** Gives the name of the first property that is no longer what it was. */
  firstChange(): string | undefined {
    const before = this.#root.parts as ReadonlyMap<unknown, Snapshot>; // the root always has them
    const now = contentOf(this.#root.value as object, Number.POSITIVE_INFINITY, true) ?? new Map();
    const names = new Set([...before.keys(), ...now.keys()]);
    for (const name of names) {
      const snapshot = before.get(name);
      if (!snapshot || !now.has(name) || hasChanged(snapshot, now.get(name))) return String(name);
    }
    return undefined;
  }

  /** Makes the properties what they were. */
  restore(): void {
    restore(this.#root);
  }
}

function snapshotsOf(parts: Parts, depth: number, room: Room): ReadonlyMap<unknown, Snapshot> {
  const snapshots = new Map<unknown, Snapshot>();
  for (const [key, part] of parts) snapshots.set(key, snapshotOf(part, depth, room));
  return snapshots;
}

function snapshotOf(value: unknown, depth: number, room: Room): Snapshot {
  room.values--;
  if (depth === 0 || room.values <= 0 || !isLookedInto(value)) return { value };
  const parts = contentOf(value, room.values);
  if (!parts) return { value };
  return { value, parts: snapshotsOf(parts, depth - 1, room), putBack: restorerOf(value) };
}

function hasChanged({ value, parts }: Snapshot, now: unknown): boolean {
  if (!Object.is(value, now)) return true;
  if (!parts) return false;
  const others = contentOf(value as object, parts.size);
  if (others?.size !== parts.size) return true;
  // In the same order, too: a replay would show the one from before.
  const before = parts.entries();
  for (const [key, other] of others) {
    const [knownKey, part] = before.next().value as [unknown, Snapshot]; // there are as many
    if (!Object.is(key, knownKey) || hasChanged(part, other)) return true;
  }
  return false;
}

function restore({ parts, putBack }: Snapshot): void {
  try {
    putBack?.();
  } catch {
    // Such as bytes that were handed to another thread: they are gone.
  }
  for (const part of parts?.values() ?? []) restore(part);
}

function isLookedInto(value: unknown): value is object {
  return typeof value === "object" && value !== null && !types.isProxy(value);
}
