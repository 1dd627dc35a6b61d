import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { MESSAGE_FORMAT, type StartMessage } from "../../lib/core/protocol/messages.ts";
import { SUBSCRIPTION, workflowEngineTopic } from "../../lib/core/protocol/topics.ts";
import { readItem } from "../../lib/instance/read-instance.ts";
import { decodeTip } from "../../lib/instance/tip.ts";
import type { Broker, OutgoingMessage } from "../../lib/ports/broker.ts";
import type { InstanceKey } from "../../lib/ports/state-store.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import type { TestParts } from "../../lib/testing/test-system.ts";
import { Counter, desk, Itinerary, type Leg, WORKFLOWS } from "./itinerary.ts";
import { Ledger } from "./ledger.ts";
import { Life, type Strike, type Wrap } from "./life.ts";

/** Where lives are lived: a broker, whose consumers close as if their process was killed, and stores. */
export interface Ground {
  readonly parts: TestParts;
  close(): Promise<void>;
}

/** What goes wrong. */
export interface Faults {
  readonly strike?: Strike;
  readonly wrap?: (ledger: Ledger) => Wrap;
  readonly copies?: number;
  /** Two: each of two bridges gets every message of every key. */
  readonly bridges?: 1 | 2;
}

/** How long nothing may move before a clock that stands is pushed, in turns of the event loop. */
const IDLE_TURNS = 6;

/** Bridges with their sandboxes, one after the other (or two at a time), and a ledger of what they did. */
export class Lives {
  readonly ledger = new Ledger();
  /** Executions, by task id. */
  readonly executions = new Map<string, number>();
  readonly #ground: Ground;
  readonly #parts: TestParts;
  readonly #faults: Faults;
  readonly #wrap: Wrap | undefined;
  readonly #living = new Set<Life>();
  #run = 0;
  /** How many lives there were. */
  count = 0;

  constructor(ground: Ground, faults: Faults = {}) {
    this.#ground = ground;
    this.#faults = faults;
    this.#wrap = faults.wrap?.(this.ledger);
    const { parts } = ground;
    this.#parts = {
      ...parts,
      broker: this.#everySubscription(this.ledger.observeBroker(parts.broker)),
      stateStore: this.ledger.observeStateStore(parts.stateStore),
      dueStore: this.ledger.observeDueStore(parts.dueStore),
    };
  }

  /**
   * Runs itineraries side by side, until they have ended and nothing is left to be done.
   *
   * @param late what else is sent, once they are started
   */
  async run(
    itineraries: { readonly [id: string]: readonly Leg[] },
    late: readonly OutgoingMessage[] = [],
  ): Promise<void> {
    this.#run += 1;
    for (const subscription of this.#subscriptions) await this.#begin(subscription);
    for (const [workflowId, legs] of Object.entries(itineraries)) {
      const counterId = this.counterOf(workflowId);
      await this.#send({ workflow: Itinerary.name, workflowId, method: "run", args: [[...legs], counterId] });
      await this.#send({ workflow: Counter.name, workflowId: counterId, method: "run", args: [] });
    }
    for (const message of late) await this.#parts.broker.publish(message);
    const haveEnded = (): boolean => Object.keys(itineraries).every((id) => this.#hasEnded(id));
    await this.#until(this.ledger.when(() => haveEnded() && this.ledger.isQuiet));
  }

  /** True when there is one bridge at a time. */
  get isAlone(): boolean {
    return this.#faults.bridges !== 2;
  }

  /** The run of an itinerary: the id of its start. */
  runOf(workflowId: string): string {
    return `start-${workflowId}-${this.#run}`;
  }

  /** The counter that an itinerary sends its signals to. */
  counterOf(workflowId: string): string {
    return `counter-of-${this.runOf(workflowId)}`;
  }

  /** The history of an instance, as the store has it. */
  async history(key: InstanceKey): Promise<readonly HistoryRecord[]> {
    const { stateStore } = this.#ground.parts;
    const { item } = await stateStore.load(key);
    return (item && (await readItem(stateStore, key, item))?.history) ?? [];
  }

  async close(): Promise<void> {
    await this.#until(Promise.all([...this.#living].map((life) => life.system.bridge.close())));
    this.#living.clear();
  }

  #hasEnded(workflowId: string): boolean {
    const key = { workflow: Itinerary.name, workflowId };
    const item = this.ledger.latest(key);
    return item?.status === "completed" && decodeTip(key, item.body).run === this.runOf(workflowId);
  }

  get #subscriptions(): readonly string[] {
    return this.#faults.bridges === 2 ? [SUBSCRIPTION, `${SUBSCRIPTION}-2`] : [SUBSCRIPTION];
  }

  async #begin(subscription: string): Promise<void> {
    const { strike = () => false, copies = 1 } = this.#faults;
    const life: Life = new Life({
      parts: this.#parts,
      workflows: WORKFLOWS,
      services: [desk((taskId) => this.executions.set(taskId, (this.executions.get(taskId) ?? 0) + 1))],
      strike,
      ...(this.#wrap && { wrap: this.#wrap }),
      subscription,
      copies,
      onKilled: async () => {
        this.#living.delete(life);
        await this.#begin(subscription);
      },
    });
    this.#living.add(life);
    this.count += 1;
    await life.system.start();
  }

  async #send(start: Pick<StartMessage, "workflow" | "workflowId" | "method" | "args">): Promise<void> {
    const { clock, broker } = this.#parts;
    const { workflow, workflowId } = start;
    const head = { format: MESSAGE_FORMAT, id: this.runOf(workflowId), at: clock.now() };
    const payload = JSON.stringify({ kind: "start", ...head, ...start } satisfies StartMessage);
    const message = { topic: workflowEngineTopic(workflow), key: workflowId, payload };
    this.ledger.allow(message);
    await broker.publish(message);
  }

  /** Lets a clock that stands go on whenever nothing moves. */
  async #until<T>(outcome: Promise<T>): Promise<T> {
    const { clock } = this.#parts;
    if (!(clock instanceof ManualClock)) return outcome;
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    outcome.then(settle, settle);
    for (let idle = 0, before = -1; !isSettled; ) {
      await new Promise((resolve) => setImmediate(resolve));
      const isMoving =
        before !== this.ledger.activity || [...this.#living].some(({ running }) => running > 0);
      before = this.ledger.activity;
      idle = isMoving ? 0 : idle + 1;
      if (idle < IDLE_TURNS) continue;
      await clock.advance(Math.max(0, (clock.nextDueAt ?? clock.now()) - clock.now()));
      idle = 0;
    }
    return outcome;
  }

  /** What one subscription gets, the other gets too: both are made before anything is sent. */
  #everySubscription(broker: Broker): Broker {
    return {
      ...broker,
      ensureSubscription: async (options) => {
        for (const subscription of this.#subscriptions)
          await broker.ensureSubscription({ ...options, subscription });
      },
    };
  }
}
