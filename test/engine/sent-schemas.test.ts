import { expect, test } from "vitest";
import { z } from "zod";
import { defineService, defineWorkflow } from "../../lib/core/contract/definition.ts";
import type { Channel } from "../../lib/runtime/channel.ts";
import type { WorkflowClass } from "../../lib/runtime/workflow-class.ts";
import { Workflow } from "../../lib/runtime/workflow-class.ts";
import { newService } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import { getWorkflowById, getWorkflowByTag, newWorkflow } from "../../lib/workflow/workflow-stub.ts";
import { InstanceDriver } from "./instance-driver.ts";

interface Hotel {
  book(nights: number): Promise<string>;
}
interface Leg {
  fly(city: string): Promise<string>;
  word: Channel<string>;
}

const city = z.string().min(1);
const Leg = defineWorkflow<Leg>("Leg", { fly: { args: z.tuple([city]), result: city }, word: city });
const hotelWith = (args: z.ZodType<[number]>) =>
  newService(defineService<Hotel>("Hotel", { book: { args } }));
const strict = () => hotelWith(z.tuple([z.int()]));
const loose = () => hotelWith(z.tuple([z.number()]));

/** An instance whose code this is. */
async function tripOf(...codes: (() => Promise<unknown>)[]) {
  const classes = codes.map(
    (code): WorkflowClass =>
      class extends Workflow {
        run = code;
      },
  );
  const trip = new InstanceDriver(classes[0] as WorkflowClass);
  await trip.start();
  return { trip, deployNext: () => trip.deploy(classes[1] as WorkflowClass) };
}

const nameOf = (error: unknown): string => (error as Error).name;
const nameThrownBy = (call: () => unknown): string => {
  try {
    call();
    return "nothing thrown";
  } catch (error) {
    return nameOf(error);
  }
};

test("what is refused is no command, in the first run and in every replay", async () => {
  const { trip } = await tripOf(async () => {
    const hotel = strict();
    const refused = nameThrownBy(() => hotel.book(0.5));
    const nights = await hotel.book(1);
    await timer("1s");
    return [refused, nights];
  });
  expect(trip.told).toEqual(["task 0.0"]);
  await trip.complete("0.0", "one");
  expect(trip.told).toEqual(["task 0.0", "task-completed", "timer 0.1"]);
  trip.now += 1_000;
  await trip.wake();
  expect(trip.result()).toMatchObject({ result: ["SchemaMismatchError", "one"] });
});

test("what was sent is not judged again when a replay meets a stricter schema", async () => {
  const code = (hotel: () => ReturnType<typeof loose>) => async () => {
    const first = await hotel().book(0.5);
    return [first, await hotel().book(0.5)];
  };
  const { trip, deployNext } = await tripOf(code(loose), code(strict));
  deployNext();
  await trip.complete("0.0", "half");
  expect(trip.instance.stopped).toBeUndefined();
  expect(trip.result()).toMatchObject({ status: "failed", error: { name: "SchemaMismatchError" } });
  expect(trip.told).toEqual(["task 0.0", "task-completed", "method-failed"]);
});

test("calls of children and instances, and signals, by id and by tag, are checked before they are sent", async () => {
  const { trip } = await tripOf(async () => {
    const leg = getWorkflowById(Leg, "leg-1");
    const legs = getWorkflowByTag(Leg, "vip");
    return [
      () => newWorkflow(Leg).fly(""),
      () => leg.fly(""),
      () => leg.word.send(""),
      () => legs.fly(""),
      () => legs.word.send(""),
      () => legs.word.send("hello"),
    ].map(nameThrownBy);
  });
  const refused = "SchemaMismatchError";
  expect(trip.result()).toMatchObject({
    result: [refused, refused, refused, refused, refused, "nothing thrown"],
  });
  expect(trip.told).toEqual(["by-tag 0.0", "method-completed"]);
});

test("a child's result that does not fit is thrown where it is awaited", async () => {
  const { trip } = await tripOf(async () => newWorkflow(Leg).fly("Rome").then(String, nameOf));
  await trip.send({
    kind: "child-ended",
    command: "0.0",
    number: 1,
    outcome: { kind: "completed", value: "" },
  });
  expect(trip.result()).toMatchObject({ result: "SchemaMismatchError" });
});
