import type { InstanceKey } from "../ports/state-store.ts";
import { nameOf } from "./commit.ts";
import type { Instance } from "./instance.ts";

/** What all instances together may weigh in memory: a record of history is one. */
const MAX_WEIGHT = 100_000;
/** Of values that history only refers to, and that code may hold. */
const BYTES_PER_WEIGHT = 1_000;

/**
 * Instances that this sandbox has just committed, least recently used first.
 *
 * An instance is taken out to be worked on and comes back only after its commit: one that ran past a lost commit
 * is gone by itself (I2). It serves only a step that stands on the very version it has.
 */
export class WarmInstances {
  readonly #instances = new Map<string, Instance>();
  #weight = 0;

  /** Takes the instance out, if it stands on this version and its code was not tampered with. */
  take(key: InstanceKey, v: string): Instance | undefined {
    const name = nameOf(key);
    const instance = this.#instances.get(name);
    if (!instance) return undefined;
    this.#remove(name, instance);
    return instance.v === v && !instance.execution?.poisoned ? instance : undefined;
  }

  /** Puts a committed instance back. */
  put(instance: Instance): void {
    if (instance.execution?.poisoned) return;
    const name = nameOf(instance.key);
    const replaced = this.#instances.get(name);
    if (replaced) this.#remove(name, replaced);
    this.#instances.set(name, instance);
    this.#weight += weightOf(instance);
    for (const [oldest, evicted] of this.#instances) {
      if (this.#weight <= MAX_WEIGHT) break;
      this.#remove(oldest, evicted);
    }
  }

  #remove(name: string, instance: Instance): void {
    this.#instances.delete(name);
    this.#weight -= weightOf(instance);
  }
}

function weightOf({ history, payloadBytes }: Instance): number {
  return history.length + 1 + Math.ceil(payloadBytes / BYTES_PER_WEIGHT);
}
