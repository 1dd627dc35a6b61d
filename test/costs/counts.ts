import type { FunctionKey } from "./deployment.ts";
import { MeteredSystem } from "./metered-system.ts";

/** Starts of workflows, a second. */
export const RATES = { "1 a minute": 1 / 60, "1 a second": 1, "100 a second": 100 } as const;
export type Rate = keyof typeof RATES;

/** What AWS would bill of a workflow of three tasks. */
export interface WorkflowCounts {
  readonly engineInvocations: number;
  readonly taskInvocations: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Of the ended instance, rounded up to {@link BLOCK}. */
  readonly storedBytes: number;
  readonly logBytes: number;
}

/** What AWS would bill of an hour of a bridge in a Lambda. */
export interface BridgeHour {
  readonly invocations: number;
  readonly seconds: number;
  /** How often it opened its connections. */
  readonly openings: number;
  readonly sweeps: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

/** What was counted; the same each time. */
export interface Counts {
  readonly workflow: { readonly listed: WorkflowCounts; readonly unlisted: WorkflowCounts };
  /** A start over HTTP, and what it is more when it waits for the result of three tasks of 100 ms. */
  readonly start: {
    readonly readUnits: number;
    readonly waiting: { readonly seconds: number; readonly readUnits: number };
  };
  readonly bridge: { readonly idle: BridgeHour; readonly [rate: string]: BridgeHour };
}

const MINUTE = 60_000;
/** A bridge is succeeded in time before its fifteen minutes are over: two such lives. */
const TWO_LIVES_MS = 27 * MINUTE;
const WAITED_TASK_MS = 100;
/** Bytes; ids are random, so what is compressed is not always of the same size. */
const BLOCK = 128;

/** Counts by running a system, in virtual time. */
export async function count(): Promise<Counts> {
  return {
    workflow: { listed: await countWorkflow(true), unlisted: await countWorkflow(false) },
    start: await countStart(),
    bridge: {
      idle: await countBridge(60 * MINUTE),
      "1 a minute": await countBridge(60 * MINUTE, MINUTE),
      "1 a second": await countBridge(TWO_LIVES_MS, 1_000),
    },
  };
}

/** A hundred workflows, ten at a time; divided by their number. */
export async function countWorkflow(isListed: boolean): Promise<WorkflowCounts> {
  const system = new MeteredSystem({ isListed });
  const WORKFLOWS = 100;
  await system.run(WORKFLOWS * 10, 10);
  await system.end();
  const each = (total: number): number => total / WORKFLOWS;
  const invocations = (key: FunctionKey): number => each(system.invocations.get(key) ?? 0);
  return {
    engineInvocations: invocations("chain"),
    taskInvocations: invocations("text"),
    writeUnits: each(system.units.engine.write),
    readUnits: each(system.units.engine.read),
    storedBytes: Math.ceil(each(system.storedBytes) / BLOCK) * BLOCK,
    logBytes: each(system.logBytes),
  };
}

export async function countStart(): Promise<Counts["start"]> {
  const once = async (wait?: number) => {
    const system = new MeteredSystem({ isListed: false, taskMs: WAITED_TASK_MS });
    let isAnswered = false;
    void system.startWorkflow("one", wait === undefined ? {} : { wait }).then(() => {
      isAnswered = true;
    });
    while (!isAnswered) await system.clock.advance(1);
    const { waitedMs, units } = system;
    await system.end();
    return { seconds: waitedMs / 1_000, readUnits: units.api.read };
  };
  const { readUnits } = await once();
  const waiting = await once(20);
  return { readUnits, waiting: { seconds: waiting.seconds, readUnits: waiting.readUnits - readUnits } };
}

/** An hour of a bridge, from so long a time. */
export async function countBridge(ms: number, everyMs?: number): Promise<BridgeHour> {
  const system = new MeteredSystem({ isListed: false });
  await system.run(ms, everyMs);
  await system.end();
  const { units, bridgeMs, bridgeOpenings, invocations } = system;
  const hourly = (total: number): number => Math.round((total * 60 * MINUTE * 100) / ms) / 100;
  return {
    invocations: hourly(invocations.get("bridge") ?? 0),
    seconds: hourly(bridgeMs / 1_000),
    openings: hourly(bridgeOpenings),
    sweeps: hourly(invocations.get("timers") ?? 0),
    writeUnits: hourly(units.leases.write + units.timers.write),
    readUnits: hourly(units.leases.read + units.timers.read),
  };
}
