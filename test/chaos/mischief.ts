import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { KeptProcess } from "../integration/kills/kept-process.ts";
import type { ChaosSystem } from "./chaos-system.ts";
import type { Fault, Victims } from "./plan.ts";

const POLL_MS = 50;

/** What was done, by kind. */
export interface Tally {
  kills: number;
  freezes: number;
  cutConnections: number;
  brokerRestarts: number;
  storeRestarts: number;
}

/** Does what a plan says to a system, and logs it, one JSON line for each. */
export class Mischief {
  readonly tally: Tally = { kills: 0, freezes: 0, cutConnections: 0, brokerRestarts: 0, storeRestarts: 0 };
  readonly #system: ChaosSystem;
  readonly #logFile: string;
  readonly #startedAt = performance.now();
  readonly #frozen = new Set<KeptProcess>();
  /** By server, the end of its last restart: one begins after the other. */
  readonly #restarted = { broker: Promise.resolve(), store: Promise.resolve() };

  constructor(system: ChaosSystem, logFile: string) {
    this.#system = system;
    this.#logFile = logFile;
  }

  /** Resolves when the whole plan is done and everything runs again. */
  async run(plan: readonly Fault[]): Promise<void> {
    const lasting: Promise<void>[] = [];
    for (const fault of plan) {
      await sleep(Math.max(0, fault.atMs - (performance.now() - this.#startedAt)));
      lasting.push(this.#do(fault));
    }
    await Promise.all(lasting);
  }

  async #do(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case "kill":
        return this.#kill(fault);
      case "freeze":
        return this.#freeze(fault);
      case "restart":
        this.#restarted[fault.server] = this.#restarted[fault.server].then(() => this.#restart(fault));
        return this.#restarted[fault.server];
      case "cut": {
        const connections = this.#system.links[fault.link].cut();
        this.#log({ ...fault, connections });
        this.tally.cutConnections += connections;
      }
    }
  }

  async #kill(fault: Fault & { readonly kind: "kill" }): Promise<void> {
    const victim = await this.#oneOf(fault, ({ isReady }) => isReady);
    this.#log({ ...fault, pid: victim.pid });
    this.tally.kills += 1;
    victim.kill();
  }

  async #freeze(fault: Fault & { readonly kind: "freeze" }): Promise<void> {
    const victim = await this.#oneOf(fault, (one) => one.isReady && !this.#frozen.has(one));
    const { pid } = victim;
    this.#log({ ...fault, pid });
    this.#frozen.add(victim);
    this.tally.freezes += 1;
    victim.freeze();
    await sleep(fault.forMs);
    // Unless it was killed meanwhile: then another one runs.
    if (victim.pid === pid) victim.thaw();
    this.#frozen.delete(victim);
  }

  async #restart(fault: Fault & { readonly kind: "restart" }): Promise<void> {
    const server = this.#system.servers[fault.server];
    this.#log(fault);
    if (fault.isCrash) await server.kill();
    await server.restart();
    this.tally[`${fault.server}Restarts`] += 1;
    this.#log({ kind: "restarted", server: fault.server });
  }

  /** The victim that is meant, or the next one that will do, as soon as there is one. */
  async #oneOf(
    { victims, nth }: { readonly victims: Victims; readonly nth: number },
    will: (victim: KeptProcess) => boolean,
  ): Promise<KeptProcess> {
    const all = this.#system.victims[victims];
    for (;;) {
      const victim = [...all.slice(nth), ...all.slice(0, nth)].find(will);
      if (victim !== undefined) return victim;
      await sleep(POLL_MS);
    }
  }

  #log(what: object): void {
    const at = Math.round(performance.now() - this.#startedAt);
    appendFileSync(this.#logFile, `${JSON.stringify({ at, ...what })}\n`);
  }
}
