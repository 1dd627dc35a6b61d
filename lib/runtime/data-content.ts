import { types } from "node:util";

/** What a value has in it, by property, index, key or member. */
export type Parts = ReadonlyMap<unknown, unknown>;

/** Larger binary data is known by its identity alone. */
const MAX_BYTES = 64 * 1024;
/** How deep an object of a class is looked into for anything that is more than data. */
const MAX_CLASS_DEPTH = 3;

// Those of the platform, whatever a class has in their place.
const mapSize = getterOf(Map.prototype, "size");
const setSize = getterOf(Set.prototype, "size");
const { forEach: forEachEntry, clear: clearMap, set: setEntry } = Map.prototype;
const { forEach: forEachMember, clear: clearSet, add: addMember } = Set.prototype;
const { getTime, setTime } = Date.prototype;

/**
 * Gives what is in an object; undefined where it cannot be looked into, or has more parts than `most`.
 *
 * Objects of classes are looked into if they hold nothing but data: clients and connections change as they are used.
 *
 * @param isAnyClass whether it may hold more than data
 */
export function contentOf(object: object, most: number, isAnyClass = false): Parts | undefined {
  try {
    if (types.isMap(object))
      return Reflect.apply(mapSize, object, []) > most ? undefined : mapContent(object);
    if (types.isSet(object))
      return Reflect.apply(setSize, object, []) > most ? undefined : setContent(object);
    if (types.isDate(object)) return new Map([["time", Reflect.apply(getTime, object, [])]]);
    const bytes = bytesOf(object);
    if (bytes) return bytes.length > MAX_BYTES ? undefined : new Map([["bytes", textOf(bytes)]]);
    if (!isAnyClass && !isData(object, MAX_CLASS_DEPTH)) return undefined;
    const keys = Reflect.ownKeys(object);
    if (keys.length > most) return undefined;
    return new Map(keys.flatMap((key) => propertyOf(object, key)));
  } catch {
    return undefined; // such as bytes that were handed to another thread
  }
}

/** Gives what puts back the content that an object has now. */
export function restorerOf(object: object): () => void {
  if (types.isDate(object)) {
    const time = Reflect.apply(getTime, object, []);
    return () => void Reflect.apply(setTime, object, [time]);
  }
  if (types.isMap(object)) {
    const entries = [...mapContent(object)];
    return () => {
      Reflect.apply(clearMap, object, []);
      for (const entry of entries) Reflect.apply(setEntry, object, entry);
    };
  }
  if (types.isSet(object)) {
    const members = [...setContent(object).keys()];
    return () => {
      Reflect.apply(clearSet, object, []);
      for (const member of members) Reflect.apply(addMember, object, [member]);
    };
  }
  const bytes = bytesOf(object);
  if (bytes) {
    const before = Uint8Array.from(bytes);
    return () => bytesOf(object)?.set(before);
  }
  return propertyRestorer(object);
}

function propertyRestorer(object: object): () => void {
  const before = Reflect.ownKeys(object).map(
    (key) => [key, Reflect.getOwnPropertyDescriptor(object, key) as PropertyDescriptor] as const,
  );
  return () => {
    for (const key of Reflect.ownKeys(object)) Reflect.deleteProperty(object, key);
    for (const [key, descriptor] of before) Reflect.defineProperty(object, key, descriptor);
  };
}

function mapContent(map: object): Parts {
  const parts = new Map<unknown, unknown>();
  const visit = (value: unknown, key: unknown): unknown => parts.set(key, value);
  Reflect.apply(forEachEntry, map, [visit]);
  return parts;
}

function setContent(set: object): Parts {
  const parts = new Map<unknown, unknown>();
  Reflect.apply(forEachMember, set, [(member: unknown) => parts.set(member, member)]);
  return parts;
}

/** A property by its name; an accessor by its two functions, which are not called. */
function propertyOf(object: object, key: string | symbol): [unknown, unknown][] {
  const descriptor = Reflect.getOwnPropertyDescriptor(object, key);
  if (!descriptor) return [];
  if ("value" in descriptor) return [[key, descriptor.value]];
  return [
    [key, descriptor.get],
    [`set ${String(key)}`, descriptor.set],
  ];
}

function isData(object: object, depth: number): boolean {
  if (isPlain(object)) return true;
  if (depth === 0) return false;
  return Reflect.ownKeys(object).every((key) => {
    const value: unknown = Reflect.getOwnPropertyDescriptor(object, key)?.value;
    if (typeof value !== "object" || value === null) return typeof value !== "function";
    if (types.isProxy(value)) return false;
    return (
      isPlain(value) ||
      types.isDate(value) ||
      types.isMap(value) ||
      types.isSet(value) ||
      types.isArrayBufferView(value) ||
      isData(value, depth - 1)
    );
  });
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Reflect.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function bytesOf(value: object): Uint8Array | undefined {
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value);
  if (!types.isArrayBufferView(value)) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function getterOf(prototype: object, name: string): () => number {
  return Reflect.getOwnPropertyDescriptor(prototype, name)?.get as () => number; // the platform has it
}
