import { createHash } from "node:crypto";
import type { HistoryRecord } from "../core/model/history.ts";
import { InfiniticError } from "../core/values/errors.ts";
import type { Chunk, Consumed, InstanceKey, StateStore } from "../ports/state-store.ts";
import { decode, encode } from "./codec.ts";
import type { Instance } from "./instance.ts";
import type { Salt, Tip } from "./tip.ts";

/**
 * Tips that encode to more than this shed their tail.
 *
 * Once an instance has chunks, its steps write one unit (1 KB with the item's keys) each: 1.0 units a task over 5,000
 * tasks in sequence, where two units a step come to 1.6 and three to 2.0; with 400 random bytes a task 1.5, 2.2
 * and 2.7. What it takes more to read, cold, is a quarter. The first chunk waits longer, because whoever has one has
 * to be cleaned up after its end: a short instance has none.
 */
const MAX_TIP_BYTES = { withoutChunks: 2_000, withChunks: 900 } as const;
/** JSON characters of records in one chunk: compressed, far below an item's 400 KB. */
const MAX_CHUNK_CHARACTERS = 250_000;
/** Of a hash of the content: who writes the same chunk writes it to the same place, and nobody overwrites another's. */
const NONCE_CHARACTERS = 8;

/** A chunk's body. Chunks are a chain from the last one back: orphans of lost commits are not on it. */
interface ChunkBody {
  readonly previous?: string;
  readonly records: readonly HistoryRecord[];
  /** Means nothing: see {@link Salt}. */
  readonly salt?: string;
}

/** Tells whether an encoded tip should shed its tail: it is too large, and that is not due to what it keeps. */
export function isHeavy({ chunked, tail }: Tip, body: Uint8Array): boolean {
  const max = MAX_TIP_BYTES[chunked ? "withChunks" : "withoutChunks"];
  return body.length > max && tail.length > 1 && encode(tail).length > max / 2;
}

/** Moves the tail of the history to new chunks, written before the commit that refers to them (I10). */
export async function shedTail(
  store: StateStore,
  instance: Instance,
  run: string,
  { salt }: { readonly salt?: Salt | undefined },
): Promise<Consumed> {
  let { records, chunks, lastChunk } = instance.chunked ?? { records: 0, chunks: 0, lastChunk: "" };
  const consumed = { readUnits: 0, writeUnits: 0 };
  for (const piece of pieces(instance.history.slice(records))) {
    const body = encode({
      ...(lastChunk && { previous: lastChunk }),
      records: piece,
      ...(salt && { salt: salt() }),
    } satisfies ChunkBody);
    const nonce = createHash("sha1").update(body).digest("base64url").slice(0, NONCE_CHARACTERS);
    const written = await store.putChunk(instance.key, { run, number: chunks, nonce, body });
    consumed.writeUnits += written.writeUnits;
    records += piece.length;
    chunks++;
    lastChunk = nonce;
  }
  instance.chunked = { records, chunks, lastChunk };
  return consumed;
}

/**
 * Reads the records that a tip has shed, oldest first.
 *
 * @throws InfiniticError `STATE_CORRUPT` when a chunk of the chain is missing
 */
export async function loadRecords(
  store: StateStore,
  key: InstanceKey,
  tip: Tip,
): Promise<Consumed & { readonly records: readonly HistoryRecord[] }> {
  if (!tip.chunked || tip.run === undefined) return { records: [], readUnits: 0, writeUnits: 0 };
  const { chunks, ...consumed } = await store.loadChunks(key, tip.run);
  const chain: (readonly HistoryRecord[])[] = [];
  let nonce: string | undefined = tip.chunked.lastChunk;
  for (let number = tip.chunked.chunks - 1; number >= 0; number--) {
    const body: ChunkBody = decode(find(chunks, number, nonce).body) as ChunkBody;
    chain.push(body.records);
    nonce = body.previous;
  }
  return { ...consumed, records: chain.reverse().flat() };
}

function find(chunks: readonly Chunk[], number: number, nonce: string | undefined): Chunk {
  const chunk = chunks.find((candidate) => candidate.number === number && candidate.nonce === nonce);
  if (chunk) return chunk;
  throw new InfiniticError("STATE_CORRUPT", `expected history chunk ${number} (${nonce}), got none`);
}

function* pieces(records: readonly HistoryRecord[]): Generator<readonly HistoryRecord[]> {
  let piece: HistoryRecord[] = [];
  let size = 0;
  for (const record of records) {
    const length = JSON.stringify(record).length;
    if (size + length > MAX_CHUNK_CHARACTERS && piece.length > 0) {
      yield piece;
      piece = [];
      size = 0;
    }
    piece.push(record);
    size += length;
  }
  if (piece.length > 0) yield piece;
}
