import { ASSUMPTIONS } from "./assumptions.ts";
import { type BridgeHour, type Counts, RATES, type Rate } from "./counts.ts";
import { DEPLOYMENT, type FunctionKey } from "./deployment.ts";
import type { Measurement } from "./measurement.ts";
import { costOf } from "./prices.ts";

const MILLION = 1_000_000;
const GB = 1024 ** 3;
const { cpuFactor, wholeCoreMb, storeMs, brokerMs, openingMs, bridgeLoad, retentionDays, hoursAMonth } =
  ASSUMPTIONS;

/** Where the bridge runs. */
export type BridgeKind = "lambda" | "container";

/** US dollars for a million workflows, by what they are for; without the bridge. */
export interface WorkflowBill {
  readonly engine: number;
  readonly tasks: number;
  readonly writes: number;
  readonly reads: number;
  readonly storage: number;
  readonly logs: number;
  readonly start: number;
  readonly total: number;
}

/** What a measurement costs. */
export class Bill {
  readonly #measured: Measurement;
  readonly #counts: Counts;

  constructor(measured: Measurement) {
    this.#measured = measured;
    this.#counts = measured.counts;
  }

  /** A million workflows of three tasks, started over HTTP. */
  workflows(isListed: boolean): WorkflowBill {
    const each = this.#counts.workflow[isListed ? "listed" : "unlisted"];
    const cpuMs = this.#measured.cpuMs.functions / (each.engineInvocations + each.taskInvocations);
    const engineMs = billedMs("chain", {
      cpuMs,
      waitMs: storeMs * (1 + each.readUnits / each.engineInvocations),
    });
    const taskMs = billedMs("text", { cpuMs });
    const parts = {
      engine: lambda("chain", each.engineInvocations * MILLION, engineMs),
      tasks: lambda("text", each.taskInvocations * MILLION, taskMs),
      writes: costOf({ writeUnit: each.writeUnits * MILLION }),
      reads: costOf({ readUnit: each.readUnits * MILLION }),
      storage: costOf({ storedGbMonth: ((each.storedBytes * MILLION) / GB) * (retentionDays / 30) }),
      logs: costOf({ logGb: (each.logBytes * MILLION) / GB }),
      start: this.#start(),
    };
    return { ...parts, total: Object.values(parts).reduce((sum, usd) => sum + usd, 0) };
  }

  /** What a million starts cost more that wait for the result. */
  waiting(): number {
    const { seconds, readUnits } = this.#counts.start.waiting;
    const time = costOf({ lambdaGbSecond: seconds * gbOf("api") * MILLION });
    return time + costOf({ readUnit: readUnits * MILLION });
  }

  /** The bridge, for as long as a million workflows at this rate take. */
  bridge(kind: BridgeKind, rate: Rate): number {
    return (this.bridgeHour(kind, rate) * MILLION) / RATES[rate] / 3_600;
  }

  /** An hour of as many bridges as the rate needs. */
  bridgeHour(kind: BridgeKind, rate: Rate): number {
    const bridges = this.bridges(kind, rate);
    if (kind === "container") return bridges * containerHour();
    const { bridge } = this.#counts;
    return bridges * this.#lambdaHour(bridge[rate] ?? (bridge["1 a second"] as BridgeHour));
  }

  /** How many bridges the rate needs. */
  bridges(kind: BridgeKind, rate: Rate): number {
    const each =
      kind === "container" ? DEPLOYMENT.container.vcpus * wholeCoreMb : DEPLOYMENT.memoryOf("bridge");
    return Math.max(1, Math.ceil(RATES[rate] / this.perBridge(each)));
  }

  /** Workflows a second that a bridge carries without using more of its share of a core than it should. */
  perBridge(memoryMb: number): number {
    const share = memoryMb / wholeCoreMb;
    return (share * bridgeLoad * 1_000) / (this.#measured.cpuMs.bridge * cpuFactor);
  }

  /**
   * A month in which nothing happens.
   *
   * @param secondsEach of a bridge's run that finds nothing; as counted, with its opening, unless measured
   */
  idleMonth(secondsEach?: number): number {
    const { idle } = this.#counts.bridge;
    if (secondsEach === undefined) return hoursAMonth * this.#lambdaHour(idle);
    return hoursAMonth * this.#lambdaHour({ ...idle, seconds: idle.invocations * secondsEach, openings: 0 });
  }

  /** All of it, as data. */
  get report() {
    const ofRate = (kind: BridgeKind, rate: Rate) => ({
      bridges: this.bridges(kind, rate),
      bridge: this.bridge(kind, rate),
      listed: this.workflows(true).total + this.bridge(kind, rate),
      unlisted: this.workflows(false).total + this.bridge(kind, rate),
    });
    const rates = Object.keys(RATES) as Rate[];
    return {
      workflows: { listed: this.workflows(true), unlisted: this.workflows(false), waiting: this.waiting() },
      rates: rates.map((rate) => ({
        rate,
        lambda: ofRate("lambda", rate),
        container: ofRate("container", rate),
      })),
      idleMonth: this.idleMonth(),
    };
  }

  #start(): number {
    const ms = billedMs("api", { cpuMs: this.#measured.cpuMs.start, waitMs: storeMs + brokerMs });
    const read = costOf({ readUnit: this.#counts.start.readUnits * MILLION });
    return costOf({ httpApiCall: MILLION }) + lambda("api", MILLION, ms) + read;
  }

  #lambdaHour({ invocations, seconds, openings, sweeps, writeUnits, readUnits }: BridgeHour): number {
    const billedSeconds = seconds + (openings * openingMs) / 1_000;
    const sweepMs = billedMs("timers", { cpuMs: 1, waitMs: storeMs * SWEEP_ROUNDS });
    return (
      costOf({
        lambdaRequest: invocations,
        lambdaGbSecond: billedSeconds * gbOf("bridge"),
        writeUnit: writeUnits,
        readUnit: readUnits,
      }) + lambda("timers", sweeps, sweepMs)
    );
  }
}

/** Calls of the table that a sweep makes one after the other: the cursor, and the minutes from it to the next one. */
const SWEEP_ROUNDS = 10;

/** An hour of one container. */
export function containerHour(): number {
  return costOf({ fargateVcpuHour: DEPLOYMENT.container.vcpus, fargateGbHour: DEPLOYMENT.container.gb });
}

/** The milliseconds that Lambda bills of an invocation: a small function has a small share of a core. */
export function billedMs(
  key: FunctionKey,
  { cpuMs, waitMs = 0 }: { readonly cpuMs: number; readonly waitMs?: number },
): number {
  const stretch = Math.max(1, wholeCoreMb / DEPLOYMENT.memoryOf(key));
  return Math.ceil(cpuMs * cpuFactor * stretch + waitMs);
}

function lambda(key: FunctionKey, invocations: number, ms: number): number {
  return costOf({ lambdaRequest: invocations, lambdaGbSecond: (invocations * ms * gbOf(key)) / 1_000 });
}

function gbOf(key: FunctionKey): number {
  return DEPLOYMENT.memoryOf(key) / 1_024;
}
