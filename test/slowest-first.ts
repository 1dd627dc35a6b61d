import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest, in that order: begun last, one of them would keep everybody waiting. */
const SLOWEST = [
  "integration/lambda-bridge",
  "integration/deploy-emulator",
  "integration/consumer",
  "chaos/chaos",
  "integration/start",
  "simulation/simulation",
  "integration/wrong-configuration",
  "integration/fuzz",
  "integration/exactly-once",
  "contract/broker",
  "integration/many-tasks",
  "model/model",
  "integration/settings-package",
  "integration/kills",
  "integration/rights",
  "integration/serverless-redrive",
].map((name) => `/test/${name}.test.ts`);

/** Begins with the slowest files, then goes on in vitest's own order. */
export default class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const rank = SLOWEST.findIndex((name) => moduleId.endsWith(name));
      return rank < 0 ? SLOWEST.length : rank;
    };
    return (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}
