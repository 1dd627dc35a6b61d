import zlib from "node:zlib";

/**
 * Tells in one sentence that this Node.js is too old, and undefined where it is not: states and payloads are compressed
 * with zstd, which it has since 22.15 and 23.8.
 *
 * `node:zlib` is imported as a whole here and wherever zstd is used: an older Node.js refuses the missing name itself,
 * before anybody can be told why.
 */
export function nodeVersionFlaw(
  { zstdCompressSync }: { readonly zstdCompressSync?: unknown } = zlib,
  version: string = process.version,
): string | undefined {
  if (typeof zstdCompressSync === "function") return undefined;
  return `infinitic-serverless: expected Node.js 22.15 or later (of 23: 23.8), got ${version}; infinitic-serverless/client alone runs wherever fetch does`;
}
