import { types } from "node:util";
import { Channel } from "./channel.ts";
import { Deferred } from "./deferred.ts";
import { Query } from "./query.ts";

/** How deep it is looked into properties, and at how many values: what is beyond is not watched. */
const MAX_DEPTH = 6;
const MAX_VALUES = 1_000;

/** A value as it was, with its parts where it has any. */
interface Snapshot {
  readonly value: unknown;
  readonly parts?: ReadonlyMap<unknown, Snapshot>;
}

/**
 * Notices what changes the properties of a workflow's instance while it is open: that is done in an inline task, which
 * no replay runs again. Private fields (`#name`) and local variables cannot be seen.
 */
export class PropertyWatch {
  readonly #instance: object;
  #before: ReadonlyMap<string, Snapshot> | undefined;
  #changed: string | undefined;
  #open = 0;

  constructor(instance: object) {
    this.#instance = instance;
  }

  /** May be opened more than once: what is seen is from the first opening to the last closing. */
  open(): void {
    if (this.#open++ > 0) return;
    const left = { values: MAX_VALUES };
    const parts = [...propertiesOf(this.#instance)].map(
      ([name, value]) => [name, snapshotOf(value, MAX_DEPTH, left)] as const,
    );
    this.#before = new Map(parts);
  }

  close(): void {
    if (--this.#open > 0 || !this.#before) return;
    this.#changed ??= firstChange(this.#before, this.#instance);
    this.#before = undefined;
  }

  /** Gives the name of a property that has changed, and forgets it. */
  takeChanged(): string | undefined {
    const changed = this.#changed;
    this.#changed = undefined;
    return changed;
  }
}

function firstChange(parts: ReadonlyMap<string, Snapshot>, instance: object): string | undefined {
  const now = propertiesOf(instance);
  const names = new Set([...parts.keys(), ...now.keys()]);
  for (const name of names) {
    const before = parts.get(name);
    if (!before || !now.has(name) || !isSame(before, now.get(name))) return name;
  }
  return undefined;
}

function snapshotOf(value: unknown, depth: number, left: { values: number }): Snapshot {
  const parts = --left.values > 0 && depth > 0 ? partsOf(value) : undefined;
  if (!parts) return { value };
  const copies = [...parts].map(([key, part]) => [key, snapshotOf(part, depth - 1, left)] as const);
  return { value, parts: new Map(copies) };
}

function isSame({ value, parts }: Snapshot, now: unknown): boolean {
  if (!Object.is(value, now)) return false;
  if (!parts) return true;
  const others = partsOf(now);
  if (others?.size !== parts.size) return false;
  return [...parts].every(([key, part]) => others.has(key) && isSame(part, others.get(key)));
}

/** The parts of a value, by name, index, key or member; undefined of what has none, and of what the library made. */
function partsOf(value: unknown): ReadonlyMap<unknown, unknown> | undefined {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return undefined;
  if (value instanceof Channel || value instanceof Deferred || value instanceof Query) return undefined;
  if (value instanceof Date) return new Map([["time", value.getTime()]]);
  if (value instanceof Map) return value;
  if (value instanceof Set) return new Map([...value].map((member) => [member, member]));
  if (ArrayBuffer.isView(value)) return new Map([["bytes", Buffer.from(bytesOf(value)).toString("base64")]]);
  const properties = propertiesOf(value);
  return isPlain(value) || [...properties.values()].every(isData) ? properties : undefined;
}

/** The own properties of an object that are no accessors. */
function propertiesOf(object: object): ReadonlyMap<string, unknown> {
  const described = Object.entries(Object.getOwnPropertyDescriptors(object));
  return new Map(described.flatMap(([name, one]) => ("value" in one ? [[name, one.value]] : [])));
}

/** An object of a class is looked into if it has nothing but data: clients and connections change as they are used. */
function isData(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value !== "function";
  return isPlain(value) || value instanceof Date || value instanceof Map || value instanceof Set;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
