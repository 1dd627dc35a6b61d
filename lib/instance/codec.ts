import zlib from "node:zlib"; // as a whole: lib/node-version.ts says why
import { InfiniticError } from "../core/values/errors.ts";

/** The first byte of an encoded body says how the rest is to be read. */
const RAW = 0;
const ZSTD = 1;

/** Below this, compression costs more than it saves. */
const MIN_COMPRESSED_BYTES = 600;
const LEVEL = { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } };

/** Encodes a value as JSON, compressed when that pays. */
export function encode(value: unknown): Uint8Array {
  const json = Buffer.from(JSON.stringify(value));
  const isSmall = json.length < MIN_COMPRESSED_BYTES;
  const body = isSmall ? json : zlib.zstdCompressSync(json, LEVEL);
  const encoded = Buffer.allocUnsafe(body.length + 1);
  encoded[0] = isSmall ? RAW : ZSTD;
  body.copy(encoded, 1);
  return encoded;
}

/**
 * Decodes what {@link encode} made.
 *
 * @throws InfiniticError `STATE_CORRUPT`
 */
export function decode(encoded: Uint8Array): unknown {
  try {
    const body = encoded.subarray(1);
    if (encoded[0] === RAW) return JSON.parse(Buffer.from(body).toString());
    if (encoded[0] === ZSTD) return JSON.parse(zlib.zstdDecompressSync(body).toString());
  } catch (cause) {
    throw new InfiniticError("STATE_CORRUPT", "expected an encoded state, got bytes that cannot be decoded", {
      cause,
    });
  }
  throw new InfiniticError("STATE_CORRUPT", `expected codec ${RAW} or ${ZSTD}, got ${encoded[0]}`);
}
