/**
 * Runs a steady load for an hour, or for `--minutes`, and watches memory and queues; see docs/reliability.md.
 *
 * npm run soak -- --minutes 60 --rate 10      ten workflows a second; prints its verdict as JSON
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { LoadClient } from "../load/load-client.ts";
import { Watch } from "../load/watch.ts";
import { programOf } from "../load/workload.ts";
import type { Sample } from "./sample.ts";
import { startSoakSystem } from "./soak-system.ts";
import { verdictOf } from "./verdict.ts";

const MINUTE_MS = 60_000;
const SAMPLE_MS = 30_000;
const TICK_MS = 250;
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
const client = new LoadClient(system.broker);
const watch = new Watch(system.stateStore);
const samples: Sample[] = [];
const startedAt = performance.now();
const elapsedMs = (): number => performance.now() - startedAt;
let started = 0;

async function sample(): Promise<void> {
  const measured = await system.measure();
  const { ended, pending } = watch;
  const one = { minute: elapsedMs() / MINUTE_MS, ...measured, started, ended, pending };
  samples.push(one);
  console.error(JSON.stringify(one, (_, value) => (typeof value === "number" ? round(value) : value)));
}

while (elapsedMs() < minutes * MINUTE_MS) {
  for (; started < (elapsedMs() / 1_000) * rate; started += 1) {
    const program = programOf(seed, started);
    watch.expect(program);
    void client.ask(program);
  }
  await watch.look();
  if (elapsedMs() >= samples.length * SAMPLE_MS) await sample();
  await sleep(TICK_MS);
}
for (const until = elapsedMs() + SETTLE_MS; watch.pending + client.pending > 0 && elapsedMs() < until; ) {
  await watch.look();
  await sleep(TICK_MS);
}
const isLeft = async () => (await system.backlogs()).filter(({ due }) => due > 0);
for (const until = elapsedMs() + SETTLE_MS; (await isLeft()).length > 0 && elapsedMs() < until; )
  await sleep(TICK_MS);

const verdict = verdictOf(samples, { minutes, rate });
const violations = [
  ...verdict.violations,
  ...watch.violations,
  ...watch.oldest.map((name) => `${name} has not ended`),
  ...(await isLeft()).map(({ topic, due }) => `${due} messages are left on ${topic}`),
  ...(await system.backlogs()).flatMap(({ topic }) => (topic.startsWith("dlq:") ? [`${topic} exists`] : [])),
];
const report = {
  isPassed: violations.length === 0,
  minutes,
  rate,
  seed,
  workflows: started,
  ...verdict,
  violations,
  samples,
};
console.log(JSON.stringify(report, (_, value) => (typeof value === "number" ? round(value) : value), 2));
await system.stop();
process.exit(violations.length === 0 ? 0 : 1);

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
