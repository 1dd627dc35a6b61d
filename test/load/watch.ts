import { readItem } from "../../lib/engine/reader.ts";
import type { InstanceKey, StateStore } from "../../lib/ports/state-store.ts";
import { Collector, Journey } from "../simulation/journey.ts";
import type { Past } from "../simulation/ledger.ts";
import { expectedOf, sentBy } from "../simulation/model.ts";
import type { Journey as Program } from "../simulation/program.ts";
import { collectorOf, workflowIdOf } from "../simulation/requests.ts";
import { effectViolations, historyViolations, outcomeViolations } from "../simulation/verdict.ts";

/** Between two looks at the same instance. */
const FIRST_MS = 2_000;
const LONGEST_MS = 10_000;
const LOOKS_AT_ONCE = 8;

/** An instance that must end, and what it must have come to then. */
interface Awaited {
  readonly key: InstanceKey;
  readonly since: number;
  nextAt: number;
  judge(past: Past): readonly string[];
}

/** Waits for journeys, and for those who collect what they send, to end; judges each as it ends. */
export class Watch {
  /** What the model does not allow. */
  readonly violations: string[] = [];
  ended = 0;
  readonly #store: StateStore;
  readonly #awaited = new Set<Awaited>();

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** How many have not ended, as far as this has looked. */
  get pending(): number {
    return this.#awaited.size;
  }

  /** Names some of those that have not ended, oldest first. */
  get oldest(): readonly string[] {
    return [...this.#awaited].slice(0, 10).map(({ key }) => `${key.workflow} ${key.workflowId}`);
  }

  /** Has a journey awaited that begins about now. */
  expect(program: Program): void {
    const [steps = []] = program.lives;
    const [expected] = expectedOf(program);
    this.#await({ workflow: Journey.name, workflowId: workflowIdOf(program) }, (past) => [
      ...outcomeViolations(program.id, expected, past),
      ...(program.isCanceled ? [] : effectViolations(steps, past)),
    ]);
    const sent = sentBy(steps);
    if (sent.length === 0) return;
    this.#await({ workflow: Collector.name, workflowId: collectorOf(program) }, (past) =>
      outcomeViolations(`the collector of ${program.id}`, sent, past),
    );
  }

  /** Looks at each whose time has come. A store that cannot be reached is asked again the next time. */
  async look(): Promise<void> {
    const now = Date.now();
    const due = [...this.#awaited].filter(({ nextAt }) => nextAt <= now);
    const lane = async (): Promise<void> => {
      for (let one = due.shift(); one !== undefined; one = due.shift())
        await this.#lookAt(one).catch(() => undefined);
    };
    await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, lane));
  }

  async #lookAt(one: Awaited): Promise<void> {
    const now = Date.now();
    one.nextAt = now + Math.min(LONGEST_MS, FIRST_MS + (now - one.since) / 2);
    const { item } = await this.#store.load(one.key);
    if (item === undefined || !["completed", "canceled", "failed"].includes(item.status)) return;
    const instance = await readItem(this.#store, one.key, item);
    if (instance === undefined || !instance.state.ended) return;
    const past = { key: one.key, instance };
    this.violations.push(...one.judge(past), ...historyViolations(past));
    this.#awaited.delete(one);
    this.ended += 1;
  }

  #await(key: InstanceKey, judge: Awaited["judge"]): void {
    const since = Date.now();
    this.#awaited.add({ key, judge, since, nextAt: since + FIRST_MS });
  }
}
