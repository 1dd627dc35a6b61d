/** Preloaded into a child process: ends it when the process that started it is gone, however that went. */
process.once("disconnect", () => process.exit(1));
process.channel?.unref(); // waiting for that keeps no process alive
