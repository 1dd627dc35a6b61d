import { MemoryDueStore } from "../../lib/adapters/memory/due-store.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { MemoryStateStore } from "../../lib/adapters/memory/state-store.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import type { Ground } from "./lives.ts";

/** All in memory, with a clock that stands until it is pushed. */
export async function memoryGround(): Promise<Ground> {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const parts = { clock, broker, stateStore: new MemoryStateStore({ clock }), dueStore: new MemoryDueStore() };
  return { parts, close: () => broker.close() };
}
