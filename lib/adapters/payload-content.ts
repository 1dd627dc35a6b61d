import { createHash } from "node:crypto";
import zlib from "node:zlib"; // as a whole: lib/node-version.ts says why
import { InfiniticError } from "../core/values/errors.ts";
import type { RunKey } from "../core/values/ids.ts";
import { type PayloadReference, parsePayloadKey, payloadKey } from "../core/values/payload.ts";

const LEVEL = { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } };

/** What a payload's key is made of: its run, and a name that is the hash of its bytes as they are kept. */
export type PayloadPlace = RunKey & { readonly name: string };

/** A text as a payload: where it goes, and its bytes, compressed. */
export function toPayload(
  run: RunKey,
  text: string,
): { readonly reference: PayloadReference; readonly place: PayloadPlace; readonly body: Uint8Array } {
  const content = Buffer.from(text);
  const body = zlib.zstdCompressSync(content, LEVEL);
  const name = hashOf(body);
  return {
    reference: { key: payloadKey(run, name), bytes: content.length },
    place: { workflow: run.workflow, workflowId: run.workflowId, run: run.run, name },
    body,
  };
}

/**
 * Reads a payload's bytes back.
 *
 * @throws InfiniticError `STATE_CORRUPT` when they are not those of this name
 */
export function fromPayload({ name }: PayloadPlace, body: Uint8Array): string {
  if (hashOf(body) === name) return zlib.zstdDecompressSync(body).toString();
  throw new InfiniticError("STATE_CORRUPT", `expected the payload ${name}, got other bytes`);
}

/**
 * @param store of payloads, as people know it
 * @throws InfiniticError `PAYLOAD_MISSING` when no payload can have this key
 */
export function placeOf(key: string, store: string): PayloadPlace {
  const place = parsePayloadKey(key);
  if (place) return place;
  throw missingError(key, store);
}

export function missingError(key: string, store: string): InfiniticError {
  return new InfiniticError(
    "PAYLOAD_MISSING",
    `expected a payload at ${key.slice(0, 600)} in ${store}, got none: it was deleted, or it is a value of another stack, which needs the same bucket as this one (custom.infinitic.bucket)`,
  );
}

function hashOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("base64url");
}
