import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineWorkflow, type WorkflowSchemas } from "../../lib/core/contract/definition.ts";
import type { Json } from "../../lib/core/values/json.ts";
import { versionsOf } from "../../lib/engine/workflow-handler.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { Query } from "../../lib/runtime/query.ts";
import { replay } from "../../lib/runtime/replay.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { channel } from "../../lib/workflow/channel.ts";
import { query } from "../../lib/workflow/query.ts";
import { InstanceDriver } from "./instance-driver.ts";

interface Trip {
  run(city: string): Promise<unknown>;
  give(value: unknown): Promise<unknown>;
  word: Channel<string>;
  heard: Query<(prefix: string) => readonly string[]>;
}

class TripV1 extends Workflow implements Trip {
  readonly word = channel<string>();
  readonly heard = query((prefix: string) => this.words.map((word) => prefix + word));
  private readonly words: string[] = [];

  async run(city: string): Promise<unknown> {
    while (this.words.at(-1) !== "end") this.words.push(await this.word.receive());
    return [city, ...this.words];
  }

  async give(value: unknown): Promise<unknown> {
    return value;
  }
}

/** An instance of a workflow with these schemas, which was started with an argument. */
async function started(schemas: WorkflowSchemas<Trip>, ...args: readonly Json[]) {
  const trip = new InstanceDriver();
  const deploy = (next: WorkflowSchemas<Trip>): void => {
    trip.versions = versionsOf("Trip", [TripV1], defineWorkflow<Trip>("Trip", next).schemas);
  };
  deploy(schemas);
  await trip.send({ kind: "start", id: "r1", method: "run", args });
  return { trip, deploy };
}

const refused = (message: string) => ({
  status: "failed",
  error: { name: "SchemaMismatchError", message: expect.stringContaining(message) },
});

describe("a method", () => {
  const schemas = { run: { args: z.tuple([z.string().trim().min(1)]) } };

  test("runs with what the schema makes of its arguments", async () => {
    const { trip } = await started(schemas, " Rome ");
    await trip.signal("end");
    expect(trip.result()).toMatchObject({ result: ["Rome", "end"] });
  });

  test("fails when its arguments do not fit", async () => {
    const { trip } = await started(schemas, "");
    expect(trip.result()).toMatchObject(refused("the arguments of Trip.run"));
  });

  test("goes on when it is retried after its schema was corrected", async () => {
    const { trip, deploy } = await started(schemas, "");
    deploy({ run: { args: z.tuple([z.string()]) } });
    await trip.send({ kind: "retry", id: "again" });
    await trip.signal("end");
    expect(trip.result()).toMatchObject({ result: ["", "end"] });
  });

  test("that runs is not touched by a schema that has become stricter since", async () => {
    const { trip, deploy } = await started({}, "");
    deploy(schemas);
    await trip.signal("end");
    expect(trip.result()).toMatchObject({ result: ["", "end"] });
  });

  test("fails when its result does not fit", async () => {
    const { trip } = await started({ give: { result: z.number() } }, "Rome");
    await trip.send({ kind: "method", id: "m1", method: "give", args: ["one"] });
    expect(trip.result("m1")).toMatchObject(refused("the result of Trip.give"));
    await trip.send({ kind: "method", id: "m2", method: "give", args: [1] });
    expect(trip.result("m2")).toMatchObject({ status: "completed", result: 1 });
  });

  test("that has completed stays so when the schema of its result has become stricter", async () => {
    const { trip, deploy } = await started({}, "Rome");
    await trip.send({ kind: "method", id: "m1", method: "give", args: ["one"] });
    deploy({ give: { result: z.number() } });
    await trip.signal("end");
    expect(trip.instance.stopped).toBeUndefined();
    expect(trip.result("m1")).toMatchObject({ status: "completed", result: "one" });
    expect(trip.result()).toMatchObject({ result: ["Rome", "end"] });
  });
});

describe("a signal", () => {
  const schemas = { word: z.string().trim().max(5) };

  test("reaches its channel as the schema makes it", async () => {
    const { trip } = await started(schemas, "Rome");
    await trip.signal(" end ");
    expect(trip.result()).toMatchObject({ result: ["Rome", "end"] });
  });

  test("that does not fit is told of, reaches nobody, and harms nothing", async () => {
    const { trip } = await started(schemas, "Rome");
    await trip.signal("too long");
    await trip.signal(1);
    expect(trip.history.filter(({ kind }) => kind === "signal-refused")).toHaveLength(2);
    expect(trip.history.filter(({ kind }) => kind === "signal-received")).toEqual([]);
    expect(trip.instance.stopped).toBeUndefined();
    await trip.signal("end");
    expect(trip.result()).toMatchObject({ result: ["Rome", "end"] });
  });

  test("that was let in stays so when its schema has become stricter", async () => {
    const { trip, deploy } = await started({}, "Rome");
    await trip.signal("too long");
    deploy(schemas);
    await trip.signal("end");
    expect(trip.result()).toMatchObject({ result: ["Rome", "too long", "end"] });
  });

  test("waits while its schema cannot be used by workflow code", async () => {
    const { trip, deploy } = await started({ word: z.string().refine(async () => true) }, "Rome");
    await trip.signal("end");
    expect(trip.instance.stopped).toMatchObject({
      failure: { name: "InvalidDefinitionError", message: expect.stringContaining("synchronously") },
    });
    deploy(schemas);
    await trip.signal("later");
    expect(trip.result()).toMatchObject({ result: ["Rome", "end"] });
  });
});

describe("a query", () => {
  const ask = async (schemas: WorkflowSchemas<Trip>, prefix: Json) => {
    const { trip } = await started(schemas, "Rome");
    await trip.signal("hi");
    const { state, history } = trip.instance;
    if (!state) throw new Error("expected an instance that has begun");
    const { execution } = await replay(trip, state, history);
    return execution.query("heard", [prefix]);
  };

  test("is asked with what the schema makes of its arguments", async () => {
    expect(await ask({ heard: { args: z.tuple([z.string().toUpperCase()]) } }, "a")).toEqual(["Ahi"]);
  });

  test("is refused when its arguments, or its answer, do not fit", async () => {
    await expect(ask({ heard: { args: z.tuple([z.string()]) } }, 1)).rejects.toMatchObject({
      code: "SCHEMA_MISMATCH",
    });
    await expect(ask({ heard: { result: z.array(z.string().max(2)) } }, "long")).rejects.toMatchObject({
      code: "SCHEMA_MISMATCH",
      message: expect.stringContaining("the result of Trip.heard"),
    });
  });
});
