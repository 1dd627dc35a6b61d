import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One committed item. */
export interface RecordedItem {
  readonly workflow: string;
  readonly workflowId: string;
  readonly v: string;
  /** Encoded, base64. */
  readonly body: string;
  /** Per outbox entry, in order: what it sends. */
  readonly emits: readonly (readonly RecordedMessage[])[];
}

export interface RecordedChunk {
  readonly workflow: string;
  readonly workflowId: string;
  readonly run: string;
  readonly number: number;
  readonly nonce: string;
  /** Encoded, base64. */
  readonly body: string;
}

export interface RecordedMessage {
  readonly topic: string;
  readonly key?: string;
  readonly payload: string;
  readonly deliverAt?: number;
}

/** All that one story left at the broker and in the store. */
export interface Recording {
  readonly story: string;
  readonly items: readonly RecordedItem[];
  readonly chunks: readonly RecordedChunk[];
  readonly messages: readonly RecordedMessage[];
}

const SUFFIX = ".json";

/** Reads what was recorded by this version and, in folders of their own, by those of an earlier format. */
export function readRecordings(): readonly Recording[] {
  const names = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(SUFFIX),
  );
  return names.map((name) => JSON.parse(readFileSync(join(import.meta.dirname, name), "utf8")) as Recording);
}

export function fileOf(story: string): string {
  return join(import.meta.dirname, `${story}${SUFFIX}`);
}
