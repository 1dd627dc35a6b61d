import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { runChaos } from "./run-chaos.ts";

/** Always the same faults at the same times, unless told: new ones are looked for by `npm run chaos`. */
const seed = Number(process.env["CHAOS_SEED"] ?? 1);
/** Two servers start, one after the other crashes and starts again, and all heals: on whatever machine. */
const LONGEST_MS = 15 * 60_000;

// Skipped where nothing can run a Pulsar and a DynamoDB Local: the run says so at its beginning.
describe.skipIf(inject("pulsar") === undefined || inject("dynamodb") === undefined)(
  `chaos (CHAOS_SEED=${seed})`,
  () => {
    it(
      "60 workflows come out as the model says, and 60 messages of a topic with a handler as theirs, whatever is killed, frozen, cut and restarted meanwhile",
      async () => {
        const directory = await mkdtemp(join(tmpdir(), "infinitic-chaos-"));
        const report = await runChaos({ workflows: 60, minutes: 0.3, seed, directory });
        expect(report.violations, `evidence in ${directory}`).toEqual([]);
        expect(report).toMatchObject({ isPassed: true, lost: 0, doubled: 0, parked: 0, left: 0 });
        expect(report.faults).toMatchObject({ kills: 5, freezes: 1, brokerRestarts: 1, storeRestarts: 1 });
        expect(report.readings.processed + report.readings.parked).toBe(60);
        expect(report.readings.parked).toBeGreaterThan(0);
        expect(report.earlierLives).toBeGreaterThan(0);
        expect(report.delegated.completed).toBeGreaterThan(0);
        expect(report.delegated.heartbeats).toBeGreaterThan(0);
        expect(report.tasks.applied).toBeLessThanOrEqual(report.tasks.executions);
        await rm(directory, { recursive: true });
      },
      LONGEST_MS,
    );
  },
);
