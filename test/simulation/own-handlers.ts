import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import type { StreamRecord } from "../../lib/bridge/dispatch/stream-request.ts";
import type { OwnLedger } from "./own-ledger.ts";
import { type Fate, functionOf, type OwnTopic, type OwnTopics } from "./own-topics.ts";
import type { Process } from "./process.ts";

/** Makes one function in one sandbox. */
type MakeHandler = (process: Process) => Handler;

const FLAKY_FAILURES = 1;

/** The user's own code: a handler for each topic, which answers as handlers of AWS's streams do. */
export function ownHandlers(topics: OwnTopics, ledger: OwnLedger): ReadonlyMap<string, MakeHandler> {
  return new Map(
    topics.map((topic) => [
      functionOf(topic),
      (process) => (event) => handle(event as never, { topic, process, ledger }),
    ]),
  );
}

interface Place {
  readonly topic: OwnTopic;
  readonly process: Process;
  readonly ledger: OwnLedger;
}

async function handle(
  { Records }: { readonly Records: readonly StreamRecord[] },
  { topic, process, ledger }: Place,
): Promise<unknown> {
  const stopped = new Set<string>();
  const failed: { readonly itemIdentifier: string }[] = [];
  for (const { eventID, kinesis } of Records) {
    const line = ledger.lineOf(eventID);
    if (topic.isStrict && stopped.has(line)) continue;
    const { fate } = JSON.parse(Buffer.from(kinesis.data, "base64").toString()) as { readonly fate: Fate };
    const isDone = await process.call(`handle ${eventID}`, () => {
      const tries = ledger.tried(eventID);
      const succeeds = fate === "fine" || (fate === "flaky" && tries > FLAKY_FAILURES);
      if (succeeds) ledger.handled(eventID);
      return succeeds;
    });
    if (fate === "deadly") throw new RangeError(`expected another message than ${eventID}`);
    if (isDone) continue;
    stopped.add(line);
    failed.push({ itemIdentifier: eventID });
  }
  // All three are how a handler says that all went well.
  if (failed.length === 0)
    return process.world.chance.pick("answer of a handler", [null, undefined, {}]) ?? null;
  return { batchItemFailures: failed };
}
