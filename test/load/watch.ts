import { readItem } from "../../lib/instance/read-instance.ts";
import type { InstanceKey, StateStore } from "../../lib/ports/state-store.ts";
import { Collector, Journey } from "../simulation/journey.ts";
import type { Past } from "../simulation/ledger.ts";
import { expectedOf, sentBy } from "../simulation/model.ts";
import type { Journey as Program } from "../simulation/program.ts";
import { collectorOf, runOf, workflowIdOf } from "../simulation/requests.ts";
import { effectViolations, historyViolations, outcomeViolations } from "../simulation/verdict.ts";
import { newsViolations, withNews } from "./news.ts";

/** Between two looks at the same instance. */
const FIRST_MS = 2_000;
const LONGEST_MS = 10_000;
const LOOKS_AT_ONCE = 8;

/** A life of an instance that must end, and what it must have come to then. */
interface Awaited {
  readonly key: InstanceKey;
  readonly run: string;
  readonly since: number;
  nextAt: number;
  judge(past: Past): readonly string[];
  onEnd(): void;
}

/** Waits for journeys, and for those who collect what they send, to end; judges each as it ends. */
export class Watch {
  /** What the model does not allow. */
  readonly violations: string[] = [];
  ended = 0;
  /** Lives that another one of the same id has followed, or may follow: the store keeps only the last. */
  readonly earlier: Past[] = [];
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
    return [...this.#awaited].slice(0, 10).map(({ key, run }) => `${key.workflow} ${key.workflowId} ${run}`);
  }

  /** Has a journey awaited that begins about now. Each promise resolves when that life was seen to have ended. */
  expect(program: Program): readonly Promise<void>[] {
    const sent = sentBy(program.lives[0] ?? []);
    if (sent.length > 0) void this.#expectCollector(program, sent);
    const expected = expectedOf(program);
    const key = { workflow: Journey.name, workflowId: workflowIdOf(program) };
    return program.lives.map((steps, life) =>
      this.#await(key, runOf(program, life), (past) => {
        if (life + 1 < program.lives.length) this.earlier.push(past);
        const result = life === 0 ? withNews(program, expected[0]) : expected[life];
        return [
          ...outcomeViolations(`life ${life} of ${program.id}`, result, past),
          ...(program.isCanceled ? [] : effectViolations(steps, past)),
          ...(life === 0 ? newsViolations(program, past) : []),
        ];
      }),
    );
  }

  #expectCollector(program: Program, sent: readonly string[]): Promise<void> {
    const key = { workflow: Collector.name, workflowId: collectorOf(program) };
    return this.#await(key, `start-collector-${program.id}`, (past) =>
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
    // A life that has ended stands there until the next one begins.
    if (instance === undefined || !instance.state.ended || instance.state.key.run !== one.run) return;
    const past = { key: one.key, instance };
    this.violations.push(...one.judge(past), ...historyViolations(past));
    this.#awaited.delete(one);
    this.ended += 1;
    one.onEnd();
  }

  #await(key: InstanceKey, run: string, judge: Awaited["judge"]): Promise<void> {
    const since = Date.now();
    return new Promise((onEnd) => {
      this.#awaited.add({ key, run, judge, onEnd, since, nextAt: since + FIRST_MS });
    });
  }
}
