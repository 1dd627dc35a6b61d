import { parseArgs } from "node:util";

/** What `npm run bench` was asked for. */
export interface BenchOptions {
  /** `pulsar`: the real Pulsar and DynamoDB Local. */
  readonly target: "embedded" | "pulsar";
  readonly workflows: number;
  readonly inFlight: number;
  /** Whether instances are also written to the list index. */
  readonly listIndex: boolean;
  /** Where the JSON object goes. */
  readonly json: string | undefined;
}

/** Reads the command line; throws an error whose message is fit for the user. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "string" },
      target: { type: "string", default: "embedded" },
      workflows: { type: "string", default: "1000" },
      "in-flight": { type: "string", default: "100" },
      "list-index": { type: "boolean", default: false },
    },
  });
  const { target, json } = values;
  if (target !== "embedded" && target !== "pulsar") {
    throw new RangeError(`Expected --target embedded or pulsar, got ${target}`);
  }
  return {
    target,
    workflows: count("workflows", values.workflows),
    inFlight: count("in-flight", values["in-flight"]),
    listIndex: values["list-index"],
    json,
  };
}

function count(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(`Expected --${flag} to be a positive integer, got ${text}`);
}
