import { expect, test } from "vitest";
import {
  byHand,
  Forecasts,
  handlers,
  patient,
  Trip,
  TripV1,
  Weather,
  WeatherStation,
  WeatherV1,
} from "../../docs/examples/retries.ts";
import { serviceOf } from "../../lib/testing/test-system.ts";
import { workflowOf } from "../../lib/testing/test-workflow.ts";
import { systemWithManualClock } from "./systems.ts";

const station = new WeatherStation();
const system = await systemWithManualClock({
  workflows: [workflowOf(Weather, WeatherV1), workflowOf(Trip, TripV1)],
  services: [serviceOf(Forecasts, station, { retry: patient })],
});
const { client, parts } = system;

test("every policy makes a service function", async () => {
  for (const handler of handlers) expect(await handler({ method: "tomorrow", args: ["Oslo"] })).toBe("sunny");
});

test("a policy of one's own: at once, then once a minute, six attempts in all", async () => {
  station.asked.length = 0;
  const before = parts.clock.now();
  await expect(system.until(client.newWorkflow(Weather, { id: "w" }).run("Atlantis"))).rejects.toThrow(
    "failed",
  );
  expect(station.asked).toHaveLength(6);
  expect(parts.clock.now() - before).toBeGreaterThanOrEqual(4 * 60_000);
});

test("a NonRetryableError is not retried", async () => {
  await expect(system.until(client.newWorkflow(Weather).run(""))).rejects.toMatchObject({
    cause: { name: "TaskFailedError", cause: { name: "NonRetryableError" } },
  });
});

test("a task is retried from inside its workflow", async () => {
  station.asked.length = 0;
  await expect(system.until(client.newWorkflow(Trip).run("Atlantis"))).rejects.toThrow("failed");
  expect(station.asked).toHaveLength(12);
});

test("tasks are retried by hand", async () => {
  station.asked.length = 0;
  const error = await system.until(client.getWorkflowById(Weather, "w").result()).catch((thrown) => thrown);
  await byHand(client, "w", error.cause.taskId);
  await system.until(parts.clock.sleep(3_600_000));
  expect(station.asked.length).toBeGreaterThanOrEqual(6);
});
