import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineService, defineWorkflow, type WorkflowSchemas } from "../../lib/core/contract/definition.ts";
import { RULES } from "../../lib/core/model/rules.ts";
import type { Json } from "../../lib/core/values/json.ts";
import { versionsOf } from "../../lib/engine/workflow-handler.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Query } from "../../lib/runtime/query.ts";
import { Workflow, type WorkflowClass } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { query } from "../../lib/workflow/query.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { InstanceDriver } from "./instance-driver.ts";

interface Trip {
  run(city?: unknown): Promise<unknown>;
  other(id?: unknown): Promise<unknown>;
  word: Channel<unknown>;
  ring: Channel<unknown>;
  ids: Query<(id: string) => readonly unknown[]>;
}

const random = z.string().default(() => crypto.randomUUID());
const made = z.object({
  id: random,
  dice: z.number().default(() => Math.random()),
  at: z.number().default(() => Date.now()),
});
interface Press {
  print(): Promise<z.infer<typeof made>>;
}
const Press = defineService<Press>("Press", { print: { result: made } });
interface Leg {
  fly(): Promise<z.infer<typeof made>>;
}
const Leg = defineWorkflow<Leg>("Leg", { fly: { result: made } });

abstract class Base extends Workflow {
  readonly word = channel<never>();
  readonly ring = channel<never>({ whenNotReceiving: "discard" });
  readonly press = newService(Press);
  readonly known: unknown[] = [];
  readonly ids = query((id: string) => [id, ...this.known]);
}

const next = (): WorkflowClass =>
  class extends Base {
    async run(): Promise<unknown> {
      return kindOf(await this.word.receive());
    }
  };

function kindOf(value: unknown): unknown {
  if (value instanceof Date) return ["Date", value.toISOString()];
  if (value instanceof Map) return ["Map", ...value.keys()];
  return [typeof value, String(value)];
}

async function started(
  workflow: WorkflowClass,
  schemas: WorkflowSchemas<Trip>,
  { isWarm = false, rules }: { readonly isWarm?: boolean; readonly rules?: number } = {},
  args: readonly Json[] = [],
): Promise<InstanceDriver> {
  const trip = new InstanceDriver();
  trip.isWarm = isWarm;
  trip.versions = versionsOf("Trip", [workflow], defineWorkflow<Trip>("Trip", schemas).schemas);
  await trip.send({ kind: "start", id: "r1", method: "run", args });
  if (rules !== undefined) trip.follow(rules);
  return trip;
}

const instant = "2026-01-02T03:04:05.000Z";
const asDate = z.string().transform((text) => new Date(text));

describe.each([true, false])("a signal (warm: %s)", (isWarm) => {
  test.each([
    ["a Date", asDate, instant, ["Date", instant]],
    [
      "a Map",
      z.record(z.string(), z.number()).transform((record) => new Map(Object.entries(record))),
      { a: 1 },
      ["Map", "a"],
    ],
    ["a bigint", z.string().transform(BigInt), "12", ["bigint", "12"]],
    ["a RegExp", z.string().transform((text) => new RegExp(text)), "a+", ["object", "/a+/"]],
    ["undefined", z.null().transform(() => undefined), null, ["undefined", "undefined"]],
  ] as const)("EDG-23 arrives as what its schema makes of it: %s", async (_name, schema, signal, heard) => {
    const trip = await started(next(), { word: schema }, { isWarm });
    await trip.signal(signal as Json);
    expect(trip.result()).toMatchObject({ result: heard });
  });

  test("EDG-23 does so wherever it is taken: from the queue, by a filter, in a loop, repeated, captured, in a race", async () => {
    class Many extends Base {
      async run(): Promise<unknown> {
        const rings = this.ring.receive();
        await timer("1h");
        const late = { where: (date: Date) => date.getUTCFullYear() > 2026 } as never;
        const heard: unknown[] = [await this.word.receive(late)];
        const once = this.word.receive({ limit: 1 });
        for await (const date of once) heard.push(date);
        const again: Date = await once;
        again.setUTCFullYear(1970);
        heard.push(await once, await rings, await Promise.race([this.word.receive(), timer("1h")]));
        return heard.map((date) => (date instanceof Date ? date.getUTCFullYear() : date));
      }
    }
    const trip = await started(Many, { word: asDate, ring: asDate }, { isWarm });
    for (const year of [2026, 2027]) await trip.signal(`${year}-05-05T05:05:05Z`);
    await trip.send({ kind: "signal", id: "ring", channel: "ring", value: "2030-01-01T00:00:00Z" });
    trip.now += 3_600_000;
    await trip.wake();
    await trip.signal("2028-05-05T05:05:05Z");
    expect(trip.result()).toMatchObject({ result: [2027, 2026, 2026, 2030, 2028] });
  });

  test("EDG-23 of a run of before arrives as JSON", async () => {
    const rules = RULES.signalsArriveAsMade.number - 1;
    const trip = await started(next(), { word: asDate }, { isWarm, rules });
    await trip.signal(instant);
    expect(trip.result()).toMatchObject({ result: ["string", instant] });
  });
});

/** Everything that a schema makes for workflow code, as the code gives it, and as it is after a replay. */
class Collector extends Base {
  async run(order: unknown): Promise<unknown> {
    this.known.push(order);
    const printing = this.press.print();
    const flight = newWorkflow(Leg).fly();
    this.known.push(await this.word.receive(), await printing, await printing, await flight);
    this.known.push(crypto.randomUUID(), await this.word.receive(), await this.word.receive());
    return this.known;
  }

  async other(id: unknown): Promise<unknown> {
    this.known.push(id);
    return id;
  }
}

const schemas: WorkflowSchemas<Trip> = {
  run: { args: z.tuple([made.prefault({})]) },
  other: { args: z.tuple([random]) },
  word: made,
  ids: { args: z.tuple([random]) },
} as never;

async function collected(isWarm: boolean, rules?: number) {
  const trip = await started(Collector, schemas, { isWarm, ...(rules !== undefined && { rules }) });
  const look = () => trip.query("ids");
  await look();
  await trip.signal({}, "first");
  await trip.signal("refused");
  await trip.complete("0.0", {});
  await look();
  await trip.send({
    kind: "child-ended",
    command: "0.1",
    number: 1,
    outcome: { kind: "completed", value: {} },
  });
  await trip.send({ kind: "method", id: "other", method: "other", args: [] });
  await trip.signal({}, "second");
  const before = (await look()) as unknown[];
  await trip.signal({}, "third");
  return {
    before: before.slice(1),
    result: trip.result() as { readonly result: unknown[] },
    other: trip.result("other"),
  };
}

describe("what a schema makes with chance or clock", () => {
  test("EDG-33 is the same warm and cold, and after a replay", async () => {
    const warm = await collected(true);
    const cold = await collected(false);
    expect(warm.result).toMatchObject({ status: "completed" });
    expect(cold).toEqual(warm);
    expect(warm.result.result.slice(0, warm.before.length)).toEqual(warm.before);
  });

  test("EDG-33 differs from value to value, and from run to run", async () => {
    const { result } = (await collected(false)).result;
    const ids = result.map((value) => (typeof value === "string" ? value : (value as { id: string }).id));
    // Each await of one result gives the same.
    expect(ids[2]).toBe(ids[3]);
    expect(new Set(ids).size).toBe(ids.length - 1);
  });

  test("EDG-33 in a run of before goes on with the chance of the instance", async () => {
    const { result } = (await collected(true, RULES.schemasRepeat.number - 1)).result;
    expect(result).toHaveLength(9);
  });
});
