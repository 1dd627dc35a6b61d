/** Preloaded, with `--expose-gc`, into a process that is measured: asked for its memory, it tells it. */
import type { Memory } from "./sample.ts";

const MB = 1024 * 1024;

process.on("message", (message) => {
  if (message !== "memory") return;
  const { rss } = process.memoryUsage();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const memory: Memory = { rssMb: rss / MB, heapMb: heapUsed / MB, externalMb: external / MB };
  process.send?.({ memory });
});
process.channel?.unref(); // waiting for that keeps no process alive
