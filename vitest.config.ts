import { join } from "node:path";
import { defineConfig } from "vitest/config";
import SlowestFirst from "./test/slowest-first.ts";

/** Folders whose tests need nothing but this process: to run them alone starts no Pulsar and no DynamoDB Local. */
const PURE = [
  "test/core/**/*.test.ts",
  "test/service/**/*.test.ts",
  "test/workflow/**/*.test.ts",
  "test/engine/**/*.test.ts",
  "test/house/**/*.test.ts",
  "test/simulation/**/*.test.ts",
  "test/bridge/**/*.test.ts",
  "test/http/**/*.test.ts",
  "test/client/**/*.test.ts",
  "test/local/**/*.test.ts",
  "test/serverless-plugin/**/*.test.ts",
  "test/docs/**/*.test.ts",
  "test/encryption/**/*.test.ts",
  "test/exa/**/*.test.ts",
  "test/costs/**/*.test.ts",
  "test/model/**/*.test.ts",
  "test/recorded/**/*.test.ts",
  "test/soak/**/*.test.ts",
  "test/testing/**/*.test.ts",
  "test/chaos/{plan,link-proxy,readings-verdict}.test.ts",
  "docs/**/*.test.ts",
];

// Processes that tests start find what was compiled of the same files before.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, ".cache/compiled");
// Servers that live for minutes: what Java's second compiler would take is more than it would save.
process.env["JDK_JAVA_OPTIONS"] ??= "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

export default defineConfig({
  // The examples of the documentation import what users import.
  resolve: {
    alias: [
      { find: /^infinitic-serverless$/, replacement: join(import.meta.dirname, "lib/index.ts") },
      {
        find: /^infinitic-serverless\/client$/,
        replacement: join(import.meta.dirname, "lib/client/index.ts"),
      },
      {
        find: /^infinitic-serverless\/testing$/,
        replacement: join(import.meta.dirname, "lib/testing/index.ts"),
      },
    ],
  },
  test: {
    projects: [
      { extends: true, test: { name: "pure", include: PURE } },
      {
        extends: true,
        test: {
          name: "real",
          include: ["test/**/*.test.ts"],
          exclude: PURE,
          globalSetup: "test/real-parts.ts",
        },
      },
    ],
    reporters: ["default", "./test/missing-tools.ts", "./test/closing-line.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 20_000 } }, // on a slow machine, too, nobody polls in vain
    maxWorkers: 3, // two cores are busy then, as many tests wait for servers or for time
    sequence: { sequencer: SlowestFirst },
  },
});
