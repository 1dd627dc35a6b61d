import { createRequire } from "node:module";
import { parseArgs } from "node:util";

/** What a local system is asked for. */
export interface LocalArguments {
  readonly port: number;
  readonly isReal: boolean;
  readonly hasBridge: boolean;
  readonly isToExit: boolean;
  /** For the Serverless Framework, as it is given them: stage, parameters, configuration file. */
  readonly serverless: readonly string[];
}

/** What to do, or what whoever asked is told instead. */
export type Asked =
  | { readonly kind: "run"; readonly arguments: LocalArguments }
  | { readonly kind: "told"; readonly text: string; readonly exitCode: 0 | 2 };

const OPTIONS = {
  port: { type: "string", default: "3000" },
  pulsar: { type: "boolean", default: false },
  exit: { type: "boolean", default: false },
  "no-bridge": { type: "boolean", default: false },
  stage: { type: "string", short: "s" },
  param: { type: "string", multiple: true },
  config: { type: "string", short: "c" },
  region: { type: "string", short: "r" },
  help: { type: "boolean", short: "h", default: false },
  version: { type: "boolean", short: "v", default: false },
} as const;

/** @param command what runs it, `infinitic-local` or `npm start --` */
const helpOf = (command: string): string => `Usage: ${command} [options]

Runs the service of serverless.yml on this machine, with a broker and a store, until Ctrl-C.

  --port N               the API's port, 3000 unless given
  --pulsar               on a real Pulsar and DynamoDB Local, in place of the embedded ones
  --exit                 end once it was tried: with 0 if all is well
  --no-bridge            start no bridge, and print how to start one
  -s, --stage NAME       the stage, as the Serverless Framework takes it
      --param NAME=VALUE a parameter, as the Serverless Framework takes it; may be repeated
  -c, --config PATH      in place of serverless.yml
  -r, --region NAME      the region that serverless.yml is told
  -h, --help             this
  -v, --version          the version`;

/**
 * Reads a command line; what cannot be read is told in one sentence.
 *
 * @param command what help and refusals call it
 */
export function readArguments(args: readonly string[], command: string): Asked {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    // Node's own second sentence is advice on positional arguments, which there are none of.
    return refusal(command, (error as Error).message.split(/\. |\n/)[0]?.replace(/\.$/, "") ?? "");
  }
  const { port, pulsar, exit, stage, param = [], config, region, help, version } = values;
  if (help) return { kind: "told", text: helpOf(command), exitCode: 0 };
  if (version) return { kind: "told", text: ownVersion(), exitCode: 0 };
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    return refusal(command, `Expected a port from 1 to 65535, got ${JSON.stringify(port)}`);
  const nameless = param.find((one) => !/^[^=]+=/.test(one));
  if (nameless !== undefined)
    return refusal(command, `Expected --param NAME=VALUE, got ${JSON.stringify(nameless)}`);
  const given = Object.entries({ stage, config, region });
  const empty = given.find(([, value]) => value === "");
  if (empty) return refusal(command, `Expected --${empty[0]} with a value, got none`);
  return {
    kind: "run",
    arguments: {
      port: Number(port),
      isReal: pulsar,
      hasBridge: !values["no-bridge"],
      isToExit: exit,
      serverless: [
        ...given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value])),
        ...param.flatMap((one) => ["--param", one]),
      ],
    },
  };
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS }).values;
}

function refusal(command: string, what: string): Asked {
  return { kind: "told", text: `${what}. ${command} --help tells the options.`, exitCode: 2 };
}

/** Of the package, as it is published and here. */
function ownVersion(): string {
  const { version }: { readonly version: string } = createRequire(import.meta.url)(
    "infinitic-serverless/package.json",
  );
  return version;
}
