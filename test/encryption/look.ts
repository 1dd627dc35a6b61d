import { zstdDecompressSync } from "node:zlib";

/** Whether a text is in what was written, also where that was made base64 of, or compressed, in any order. */
export function isIn(text: string, written: unknown): boolean {
  if (written instanceof Uint8Array) return isInBytes(text, Buffer.from(written));
  if (typeof written === "string") {
    if (written.includes(text)) return true;
    return parts(written).some((part) => isInBytes(text, Buffer.from(part, "base64")));
  }
  return (
    typeof written === "object" &&
    written !== null &&
    Object.values(written).some((value) => isIn(text, value))
  );
}

function parts(written: string): readonly string[] {
  return written.match(/[A-Za-z0-9+/_-]{16,}={0,2}/g) ?? [];
}

function isInBytes(text: string, bytes: Buffer): boolean {
  if (bytes.includes(text)) return true;
  // Compressed bodies have a byte before them that says so, and payloads have none.
  return [0, 1].some((start) => {
    try {
      const content = zstdDecompressSync(bytes.subarray(start));
      return content.includes(text) || isIn(text, content.toString());
    } catch {
      return false;
    }
  });
}
