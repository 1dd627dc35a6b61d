/** An embedded broker or store as a process of its own: `broker` or `store`. Prints `{"ready":true,"url":…}`. */
import { startDynalite } from "../../infra/local/dynalite.ts";
import { MemoryBroker } from "../../lib/adapters/memory/memory-broker.ts";
import { startPulsarEndpoint } from "../../lib/adapters/memory/pulsar-endpoint.ts";

const url =
  process.argv[2] === "store"
    ? (await startDynalite()).endpoint
    : (await startPulsarEndpoint({ broker: new MemoryBroker() })).webUrl;
process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`);
process.once("SIGTERM", () => process.exit(0));
