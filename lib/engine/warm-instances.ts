import { LRUCache } from "lru-cache";
import type { InstanceKey } from "../ports/state-store.ts";
import type { LiveInstance } from "./live-instance.ts";

/** What all instances together may take in memory, about: what the smallest function has to spare. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Measured on an instance that has begun and waits for a task: its state and its code. */
const INSTANCE_BYTES = 12_000;
/** Measured: history has a value, code has a copy of it, and mostly hands that on. */
const BYTES_PER_CHARACTER = 3;

/**
 * Instances that this sandbox has just committed, least recently used first, as many as its memory has room for.
 *
 * An instance is taken out to be worked on and comes back only after its commit: one that ran past a lost commit
 * is gone by itself (I2). It serves only a step that stands on the very version it has.
 */
export class WarmInstances {
  readonly #instances: LRUCache<string, LiveInstance>;

  constructor(maxBytes = MAX_BYTES) {
    this.#instances = new LRUCache({ maxSize: maxBytes, sizeCalculation: bytesOf });
  }

  /** How many there are. */
  get size(): number {
    return this.#instances.size;
  }

  /** What they take together, about. */
  get bytes(): number {
    return this.#instances.calculatedSize;
  }

  /** Takes the instance out, if it stands on this version and its code was not tampered with. */
  take(key: InstanceKey, v: string): LiveInstance | undefined {
    const instance = this.#instances.get(nameOf(key));
    this.#instances.delete(nameOf(key));
    return instance?.v === v && !instance.execution?.poisoned ? instance : undefined;
  }

  /** Puts a committed instance back. */
  put(instance: LiveInstance): void {
    if (!instance.execution?.poisoned) this.#instances.set(nameOf(instance.key), instance);
  }
}

function bytesOf({ characters, payloadBytes }: LiveInstance): number {
  return INSTANCE_BYTES + BYTES_PER_CHARACTER * (characters + payloadBytes);
}

/** Names an instance in the map. */
function nameOf({ workflow, workflowId }: InstanceKey): string {
  return `${workflow}#${workflowId}`;
}
