import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { type Letter, redrive } from "../../lib/bridge/dead-letters/redrive.ts";
import { deadLetterTopic } from "../../lib/core/protocol/topics.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import { desiredTopics } from "../topics/desired-topics.ts";
import type { Plan } from "./plan.ts";
import type { PluginTools, Serverless } from "./serverless.ts";
import { pulsarToken } from "./topics.ts";

/** How the command says what is meant. */
export interface RedriveCommand {
  /** Of all topics unless given; with `dlq:` before it or not. */
  readonly topic?: string;
  readonly id?: string;
  readonly "dry-run"?: boolean;
}

/** Options of `serverless infinitic redrive`, as the framework has them described. */
export const REDRIVE_OPTIONS = {
  topic: { usage: "The topic whose dead letters are meant (default: all topics)", type: "string" },
  id: { usage: "The id of the only message that is meant, as this command prints it", type: "string" },
  "dry-run": { usage: "Tell what there is, and send nothing", type: "boolean" },
} as const;

/** A topic's messages come within milliseconds of each other. */
const IDLE_MS = 2_000;
const ANSWER_MS = 10_000;

/**
 * Sends dead letters back to the topics that they come from, and tells a line for each.
 *
 * @throws InfiniticError `MISCONFIGURED`: the service has no such topic, or the token is refused; `BROKER_UNAVAILABLE`
 */
export async function redriveOf(
  plan: Plan,
  serverless: Serverless,
  { topic, id, "dry-run": isDryRun = false }: RedriveCommand,
  log: PluginTools["log"],
): Promise<void> {
  const topics = chosen(
    topic,
    desiredTopics(plan.bridge).map(({ name }) => name),
  );
  const secret = await pulsarToken(plan, serverless);
  const { webUrl, tenant, namespace } = plan.pulsar;
  await expectAnswer(webUrl);
  const broker = new PulsarWebSocketBroker({
    webUrl,
    ...(tenant !== undefined && { tenant }),
    ...(namespace !== undefined && { namespace }),
    ...(secret !== undefined && { token: secret }),
    onHealthIssue: (message) => log.warning(message),
  });
  const onLetter = (letter: Letter): void => log.notice(lineOf(letter));
  const parts = { broker, clock: systemClock, id, isDryRun, idleMs: IDLE_MS, onLetter };
  try {
    const counts = await Promise.all(topics.map((name) => redrive({ ...parts, topic: name })));
    const count = counts.reduce((sum, one) => sum + one, 0);
    log.notice(summaryOf(count, isDryRun, topic));
  } finally {
    await broker.close();
  }
}

/** Those topics that may have dead letters. */
function chosen(topic: string | undefined, all: readonly string[]): readonly string[] {
  const letters = new Set(all);
  const named = all.filter((name) => letters.has(deadLetterTopic(name)));
  if (topic === undefined) return named;
  const found = named.filter((name) => name === topic || deadLetterTopic(name) === topic);
  if (found.length > 0) return found;
  throw new InfiniticError("MISCONFIGURED", `expected one of the topics ${named.join(", ")}, got ${topic}`);
}

/** A bridge waits for a broker that is away; a person at a terminal is told. */
async function expectAnswer(webUrl: string): Promise<void> {
  await fetch(webUrl, { method: "HEAD", signal: AbortSignal.timeout(ANSWER_MS) }).catch((cause: unknown) => {
    throw new InfiniticError("BROKER_UNAVAILABLE", `expected Pulsar at ${webUrl}, got no answer`, { cause });
  });
}

function lineOf({ id, topic, key, code, reason, attempts, bytes, isWhole }: Letter): string {
  const from = key === undefined ? topic : `${topic} key ${key}`;
  const line = `${id} of ${from}, ${bytes} bytes, ${code} after ${attempts || "?"}: ${reason}`;
  return isWhole ? line : `${line} (stays: too large, see the message itself in ${topic})`;
}

function summaryOf(count: number, isDryRun: boolean, topic: string | undefined): string {
  const letters = count === 1 ? "1 dead letter" : `${count} dead letters`;
  const where = topic === undefined ? "" : ` of ${topic}`;
  if (count === 0) return `No dead letters${where} to send back`;
  return isDryRun ? `${letters}${where}; nothing was sent` : `Sent ${letters}${where} back`;
}
