import type { EngineMessage } from "../../lib/core/protocol/messages.ts";
import type { EngineStores } from "../../lib/engine/workflow-handler.ts";
import { packed } from "../../lib/http/payloads.ts";
import type { Broker } from "../../lib/ports/broker.ts";
import type { InstanceKey } from "../../lib/ports/state-store.ts";
import { Journey } from "./journey.ts";
import type { Ledger, Life } from "./ledger.ts";
import { lifeName, NEWS_TAG, newsOf, wordsTo } from "./model.ts";
import type { Process } from "./process.ts";
import type { Journey as Program, Programs } from "./program.ts";
import {
  cancelOf,
  collectorStartOf,
  destinationOf,
  headOf,
  runOf,
  startOf,
  wordTo,
  workflowIdOf,
} from "./requests.ts";

const AFTER_MS = 3_000;
const RETRY_MS = 200;

/**
 * All that people do: they start journeys, send words and news, cancel, complete what was delegated, and retry what
 * failed. Each message has one id however often it is sent; a client that has no receipt sends it again.
 */
export class Client {
  /** Messages that have no receipt yet. */
  pending = 0;
  readonly #process: Process;
  readonly #broker: Broker;
  readonly #stores: EngineStores;
  readonly #ledger: Ledger;
  readonly #programs: Programs;
  readonly #sent = new Set<string>();

  constructor(options: {
    readonly process: Process;
    readonly broker: Broker;
    readonly stores: EngineStores;
    readonly ledger: Ledger;
    readonly programs: Programs;
  }) {
    this.#process = options.process;
    this.#broker = options.broker;
    this.#stores = options.stores;
    this.#ledger = options.ledger;
    this.#programs = options.programs;
    options.ledger.onCommit.push((life) => this.#react(life));
  }

  async begin(): Promise<void> {
    const readers = this.#programs.filter(({ lives: [first = []] }) =>
      first.some((step) => step.do === "news"),
    );
    // Whoever starts an instance enters its tags first.
    const entries = readers.map((program) => {
      return {
        workflow: Journey.name,
        tag: NEWS_TAG,
        workflowId: workflowIdOf(program),
        run: runOf(program, 0),
      };
    });
    if (entries.length > 0) {
      await this.#stores.tagIndex.add(entries);
      this.#send({
        ...this.#head("news"),
        kind: "by-tag",
        workflow: Journey.name,
        tag: NEWS_TAG,
        operation: { kind: "signal", channel: "news", value: newsOf(NEWS_TAG) },
      });
    }
    for (const program of this.#programs) this.#setOut(program);
  }

  #setOut(program: Program): void {
    this.#start(program, 0);
    const collector = collectorStartOf(program, this.#now);
    if (collector !== undefined) this.#send(collector);
    this.#say(program, 0);
    if (program.isCanceled) this.#send(cancelOf(program, this.#now));
  }

  /** Says to a life what it waits for, one word after the other. */
  #say(program: Program, life: number): void {
    const name = lifeName(program.id, life);
    const words = wordsTo(name, program.lives[life] ?? []);
    const say = (nth: number): void => {
      const word = words[nth];
      if (word !== undefined) this.#send(wordTo(program, name, nth, word, this.#now), () => say(nth + 1));
    };
    say(0);
  }

  #start(program: Program, life: number): void {
    this.#send(startOf(program, life, this.#now));
  }

  /** What people do when they see how a workflow stands. */
  #react({ key, instance: { state } }: Life): void {
    const { run } = state.key;
    const life = `${key.workflowId}-${run}`;
    const [main] = state.methods;
    const address = { ...key, run };
    if (state.status === "failed" && main?.name === "run")
      this.#send({ ...this.#head(`retry-${life}-${main.endings.length}`), kind: "retry-tasks", ...address });
    for (const [id, { command, isDelegated, status, sequence }] of state.commands) {
      if (command.kind !== "task" || !isDelegated || status !== "pending" || command.timeoutMs !== undefined)
        continue;
      const outcome = { kind: "completed", value: `${command.args[0]} completed` } as const;
      const result = { kind: "delegated-result", ...address, command: id, outcome } as const;
      const complete = (): void =>
        this.#send({ ...this.#head(`result-${life}-${id}-${sequence}`), ...result });
      if (command.method === "watch") this.#work({ ...address, command: id }, `${life}-${id}`, complete);
      else complete();
    }
    for (const program of this.#programs) {
      // Said to a life before it is there, it would be said to the one before it.
      for (const nth of program.lives.keys())
        if (nth > 0 && workflowIdOf(program) === key.workflowId && runOf(program, nth) === run)
          this.#say(program, nth);
    }
    if (!state.ended) return;
    for (const program of this.#programs) {
      for (const nth of program.lives.keys())
        if (nth > 0 && workflowIdOf(program) === key.workflowId && runOf(program, nth - 1) === run)
          this.#start(program, nth);
    }
  }

  /** Works on a task that is watched: says so a few times and completes it, or is never heard of again. */
  #work(
    task: { readonly run: string; readonly command: string } & InstanceKey,
    name: string,
    complete: () => void,
  ) {
    const { chance } = this.#process.world;
    if (this.#sent.has(`beat-${name}-0`)) return;
    const beats = chance.pick(`beats of ${name}`, [0, 1, 3, Number.POSITIVE_INFINITY]);
    if (beats === Number.POSITIVE_INFINITY) return void this.#sent.add(`beat-${name}-0`);
    const beat = (nth: number): void => {
      if (nth === beats) complete();
      else
        this.#send({ ...this.#head(`beat-${name}-${nth}`), kind: "heartbeat", ...task }, () => beat(nth + 1));
    };
    beat(0);
  }

  get #now(): number {
    return this.#process.clock.now();
  }

  #head(id: string) {
    return headOf(id, this.#now);
  }

  /** Sends a message some time from now, once for each id, until there is a receipt. */
  #send(message: EngineMessage, then: () => void = () => undefined): void {
    if (this.#sent.has(message.id)) return;
    this.#sent.add(message.id);
    this.pending += 1;
    void this.#deliver(message).then(() => {
      this.pending -= 1;
      then();
    });
  }

  async #deliver(message: EngineMessage): Promise<void> {
    const { world } = this.#process;
    await world.sleep(world.chance.int(`when to send ${message.id}`, 0, AFTER_MS));
    const sent = await packed(this.#stores, message);
    this.#ledger.allow(sent);
    const payload = JSON.stringify(sent);
    for (;;) {
      try {
        await this.#broker.publish({ ...destinationOf(message), payload });
        return;
      } catch {
        await world.sleep(RETRY_MS);
      }
    }
  }
}
