/**
 * Runs a steady load for an hour, or for `--minutes`, and watches memory and queues; see docs/reliability.md.
 *
 * npm run soak -- --minutes 60 --rate 10      ten workflows a second; prints its report as JSON
 */
import { parseArgs } from "node:util";
import { drive, settle, until } from "../load/drive.ts";
import { LoadClient } from "../load/load-client.ts";
import { Outsider } from "../load/outsider.ts";
import { Watch } from "../load/watch.ts";
import type { Sample } from "./sample.ts";
import { startSoakSystem } from "./soak-system.ts";
import { verdictOf } from "./verdict.ts";

const MINUTE_MS = 60_000;
const SAMPLE_MS = 30_000;
/** What was begun last may take so long to end. */
const SETTLE_MS = 5 * MINUTE_MS;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    rate: { type: "string", default: "10" },
    seed: { type: "string", default: String(Math.floor(Date.now() / 1_000)) },
  },
});
const minutes = Number(values.minutes);
const rate = Number(values.rate);
const seed = Number(values.seed);
if (!(minutes > 0 && rate > 0 && Number.isInteger(seed)))
  throw new RangeError(`expected --minutes, --rate and --seed to be numbers, got ${JSON.stringify(values)}`);

const system = await startSoakSystem();
const load = {
  client: new LoadClient(system),
  outsider: new Outsider(system),
  watch: new Watch(system.stateStore),
};
const { watch } = load;
const samples: Sample[] = [];
const startedAt = performance.now();
const workflows = Math.round(minutes * 60 * rate);

async function sample(started: number): Promise<void> {
  const elapsedMs = performance.now() - startedAt;
  if (elapsedMs < samples.length * SAMPLE_MS) return;
  const measured = await system.measure();
  const { ended, pending } = watch;
  const one = { minute: elapsedMs / MINUTE_MS, ...measured, started, ended, pending };
  samples.push(one);
  console.error(JSON.stringify(one, rounded));
}

await drive(load, { seed, count: workflows, ms: minutes * MINUTE_MS, onTick: sample });
await settle(load, SETTLE_MS);
const leftBehind = async () => (await system.backlogs()).filter(({ due }) => due > 0);
await until(async () => (await leftBehind()).length === 0, SETTLE_MS);

const verdict = verdictOf(samples, { minutes, rate });
const violations = [
  ...verdict.violations,
  ...watch.violations,
  ...watch.oldest.map((name) => `${name} has not ended`),
  ...(await leftBehind()).map(({ topic, due }) => `${due} messages are left on ${topic}`),
  ...(await system.backlogs()).flatMap(({ topic }) => (topic.startsWith("dlq:") ? [`${topic} exists`] : [])),
];
const isPassed = violations.length === 0;
console.log(
  JSON.stringify({ isPassed, minutes, rate, seed, workflows, ...verdict, violations, samples }, rounded, 2),
);
await system.stop();
process.exit(isPassed ? 0 : 1);

function rounded(_name: string, value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 100) / 100 : value;
}
