/** Plays every story with the engine as it is and writes what it leaves: `npm run record`, a deliberate act. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emitsOfEntry } from "../../lib/core/model/outbox.ts";
import { readItem } from "../../lib/instance/read-instance.ts";
import { messageOf } from "./differences.ts";
import { fileOf, type RecordedChunk, type RecordedItem, type Recording } from "./recording.ts";
import { playStory, STORIES } from "./stories.ts";

/** Of a story with more commits only the last ones are kept. */
const MOST_ITEMS = 20;

Error.stackTraceLimit = 0; // no path of this machine goes into a recording

for (const name of readdirSync(import.meta.dirname)) {
  if (name.endsWith(".json")) rmSync(join(import.meta.dirname, name));
}
for (const story of Object.keys(STORIES)) {
  writeFileSync(fileOf(story), `${JSON.stringify(await record(story), undefined, 1)}\n`);
  console.log(`recorded ${story}`);
}

async function record(story: string): Promise<Recording> {
  const { ledger, system } = await playStory(story);
  const { stateStore } = system.parts;
  const items: RecordedItem[] = [];
  const chunks: RecordedChunk[] = [];
  for (const { key, items: committed } of ledger.items.values()) {
    let run: string | undefined;
    for (const item of committed.slice(-MOST_ITEMS)) {
      const instance = await readItem(stateStore, key, item);
      const emits = (instance?.outbox ?? []).map((entry) =>
        instance ? emitsOfEntry(instance.state, instance.history, entry).map(messageOf) : [],
      );
      items.push({ ...key, v: item.v, body: Buffer.from(item.body).toString("base64"), emits });
      run = instance?.state.key.run;
    }
    if (run === undefined) continue;
    for (const chunk of (await stateStore.loadChunks(key, run)).chunks)
      chunks.push({ ...key, ...chunk, body: Buffer.from(chunk.body).toString("base64") });
  }
  const messages = ledger.published.map(({ topic, key, payload, deliverAt }) => ({
    topic,
    ...(key !== undefined && { key }),
    payload,
    ...(deliverAt !== undefined && { deliverAt }),
  }));
  return { story, items, chunks, messages: messages.slice(-100) };
}
