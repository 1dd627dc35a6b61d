import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import type { StreamRecord } from "../../lib/bridge/dispatch/stream-request.ts";
import type { Reading } from "./readings.ts";

const LONGEST_WORK_MS = 60;

/** A reading was processed, by a process of this machine. */
export interface Processed {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export const PROCESSED_PREFIX = "processed-";
export const FAILED_PREFIX = "failed-";

/**
 * Makes the user's own code for readings: it minds the order of each sensor, and tells why one has failed. What it has
 * processed, and which have failed a first time, stands in files of a directory.
 */
export function readingsHandler(directory: string): Handler {
  const file = join(directory, `${PROCESSED_PREFIX}${process.pid}-${Date.now()}.jsonl`);
  const handle = async ({ Records }: { readonly Records: readonly StreamRecord[] }): Promise<unknown> => {
    const stopped = new Set<string>();
    const batchItemFailures: { readonly itemIdentifier: string; readonly reason: string }[] = [];
    for (const { eventID: itemIdentifier, kinesis } of Records) {
      if (stopped.has(kinesis.partitionKey)) continue;
      const reading = JSON.parse(Buffer.from(kinesis.data, "base64").toString()) as Reading;
      await sleep(LONGEST_WORK_MS * Math.random());
      const reason = `expected another reading than ${reading.name}`;
      if (reading.fate === "deadly") throw new RangeError(reason);
      if (reading.fate === "poison" || (reading.fate === "flaky" && isFirst(directory, reading))) {
        stopped.add(kinesis.partitionKey);
        batchItemFailures.push({ itemIdentifier, reason });
      } else
        appendFileSync(
          file,
          `${JSON.stringify({ name: reading.name, at: Date.now() } satisfies Processed)}\n`,
        );
    }
    return { batchItemFailures };
  };
  return (event) => handle(event as never); // what the bridge sends to such a handler
}

/** Whether no process has tried a reading before. */
function isFirst(directory: string, { name }: Reading): boolean {
  try {
    writeFileSync(join(directory, FAILED_PREFIX + name), "", { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}
