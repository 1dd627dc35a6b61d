import { types } from "node:util";

/** How deep a snapshot looks into values, and at how many of them: what is beyond is not part of it. */
const MAX_DEPTH = 6;
const MAX_VALUES = 1_000;

type Parts = ReadonlyMap<unknown, unknown>;

/** A value as it was, with its parts where it has any. */
interface Snapshot {
  readonly value: unknown;
  readonly parts?: ReadonlyMap<unknown, Snapshot>;
  /** Puts back what was in the value itself. */
  readonly putBack?: () => void;
}

/** The properties of an object as they were, with the data in them, so that they can be compared and put back. */
export class DataSnapshot {
  readonly #object: object;
  readonly #properties: ReadonlyMap<unknown, Snapshot>;
  readonly #putBack: () => void;

  constructor(object: object) {
    this.#object = object;
    const left = { values: MAX_VALUES };
    this.#properties = snapshotsOf(propertiesOf(object), MAX_DEPTH, left);
    this.#putBack = propertyRestorer(object);
  }

  /** Gives the name of the first property that is no longer what it was. */
  firstChange(): string | undefined {
    const now = propertiesOf(this.#object);
    const names = new Set([...this.#properties.keys(), ...now.keys()]) as ReadonlySet<string>;
    return [...names].find((name) => {
      const before = this.#properties.get(name);
      return !before || !now.has(name) || hasChanged(before, now.get(name));
    });
  }

  /** Makes the properties what they were. */
  restore(): void {
    this.#putBack();
    for (const snapshot of this.#properties.values()) restore(snapshot);
  }
}

function snapshotOf(value: unknown, depth: number, left: { values: number }): Snapshot {
  const parts = --left.values > 0 && depth > 0 ? partsOf(value) : undefined;
  if (!parts) return { value };
  return { value, parts: snapshotsOf(parts, depth - 1, left), putBack: restorerOf(value as object) };
}

function snapshotsOf(parts: Parts, depth: number, left: { values: number }): ReadonlyMap<unknown, Snapshot> {
  return new Map([...parts].map(([key, part]) => [key, snapshotOf(part, depth, left)] as const));
}

function hasChanged({ value, parts }: Snapshot, now: unknown): boolean {
  if (!Object.is(value, now)) return true;
  if (!parts) return false;
  const others = [...(partsOf(now) ?? [])];
  if (others.length !== parts.size) return true;
  // In the same order, too: a replay would show the one from before.
  return [...parts].some(([key, part], index) => {
    const [otherKey, other] = others[index] as [unknown, unknown]; // there are as many
    return !Object.is(key, otherKey) || hasChanged(part, other);
  });
}

function restore({ parts, putBack }: Snapshot): void {
  putBack?.();
  for (const part of parts?.values() ?? []) restore(part);
}

/** The parts of a value, by name, index, key or member; undefined of what has none. */
function partsOf(value: unknown): Parts | undefined {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return undefined;
  if (value instanceof Date) return new Map([["time", value.getTime()]]);
  if (value instanceof Map) return value;
  if (value instanceof Set) return new Map([...value].map((member) => [member, member]));
  if (ArrayBuffer.isView(value)) return new Map([["bytes", Buffer.from(bytesOf(value)).toString("base64")]]);
  const properties = propertiesOf(value);
  return isPlain(value) || [...properties.values()].every(isData) ? properties : undefined;
}

/** Gives what puts back the content that a value has now. */
function restorerOf(value: object): () => void {
  if (value instanceof Date) {
    const time = value.getTime();
    return () => value.setTime(time);
  }
  if (value instanceof Map) {
    const entries = [...value];
    return () => {
      value.clear();
      for (const [key, part] of entries) value.set(key, part);
    };
  }
  if (value instanceof Set) {
    const members = [...value];
    return () => {
      value.clear();
      for (const member of members) value.add(member);
    };
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = Uint8Array.from(bytesOf(value));
    return () => bytesOf(value).set(bytes);
  }
  return propertyRestorer(value);
}

function propertyRestorer(object: object): () => void {
  const before = Object.getOwnPropertyDescriptors(object);
  return () => {
    for (const key of Reflect.ownKeys(object)) Reflect.deleteProperty(object, key);
    for (const key of Reflect.ownKeys(before)) {
      Reflect.defineProperty(object, key, before[key as string] as PropertyDescriptor); // its own key
    }
  };
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
