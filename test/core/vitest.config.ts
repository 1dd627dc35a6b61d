import { defineConfig } from "vitest/config";

/** The core's own tests and nothing else: what they must notice when a mutation test breaks the core. */
export default defineConfig({ test: { include: ["test/core/**/*.test.ts"] } });
