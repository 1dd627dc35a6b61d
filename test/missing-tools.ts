import type { Reporter } from "vitest/node";
import { missingTools } from "./tools.ts";

/** Says in one line each which tools this machine lacks, and which tests are left out for want of them. */
export default class MissingTools implements Reporter {
  async onInit(): Promise<void> {
    for (const line of await missingTools()) console.log(line);
  }
}
