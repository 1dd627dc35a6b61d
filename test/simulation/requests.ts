import {
  type CancelMessage,
  MESSAGE_FORMAT,
  type Message,
  type SignalMessage,
  type StartMessage,
} from "../../lib/core/protocol/messages.ts";
import { workflowEngineTopic, workflowTagsTopic } from "../../lib/core/protocol/topics.ts";
import { customWorkflowId } from "../../lib/core/values/ids.ts";
import { Collector, Journey } from "./journey.ts";
import { NEWS_TAG, sentBy } from "./model.ts";
import type { Journey as Program, Step } from "./program.ts";

/** What clients send, each under one id however often it is sent. `at`: the client's time. */

/** The run of one life of a journey: the id of its start. */
export const runOf = ({ id }: Program, life: number): string => `start-${id}-${life}`;

export const workflowIdOf = ({ id, lives }: Program): string =>
  lives.length > 1 ? customWorkflowId(Journey.name, id) : id;

export const collectorOf = ({ id }: Program): string => `collector-of-${id}`;

const addressOf = (program: Program) => {
  return { workflow: Journey.name, workflowId: workflowIdOf(program) };
};

/** What every message begins with. */
export const headOf = (id: string, at: number) => {
  return { format: MESSAGE_FORMAT, id, at };
};

export function startOf(program: Program, life: number, at: number): StartMessage {
  const { lives, id } = program;
  const steps = lives[life] ?? [];
  const args: [readonly Step[], string] = [[...steps, ...endless(program)], collectorOf(program)];
  return {
    ...headOf(runOf(program, life), at),
    kind: "start",
    ...addressOf(program),
    method: "run",
    args: args as never,
    ...(lives.length > 1 && { customId: id }),
    ...(steps.some((step) => step.do === "news") && { tags: [NEWS_TAG] }),
  };
}

/** The start of who collects what a journey sends; none where it sends nothing. */
export function collectorStartOf(program: Program, at: number): StartMessage | undefined {
  const sent = sentBy(program.lives[0] ?? []).length;
  if (sent === 0) return undefined;
  return {
    ...headOf(`start-collector-${program.id}`, at),
    kind: "start",
    workflow: Collector.name,
    workflowId: collectorOf(program),
    method: "run",
    args: [sent],
  };
}

/** The n-th word to a life of a journey. */
export function wordTo(
  program: Program,
  life: string,
  nth: number,
  value: string,
  at: number,
): SignalMessage {
  const head = headOf(`word-${nth}-to-${life}`, at);
  return { ...head, kind: "signal", channel: "words", value, ...addressOf(program) };
}

export function cancelOf(program: Program, at: number): CancelMessage {
  return { ...headOf(`cancel-${program.id}`, at), kind: "cancel", ...addressOf(program) };
}

export function destinationOf(message: Message): { readonly topic: string; readonly key: string } {
  if (message.kind === "execute-task") throw new RangeError("expected a client's message, got a task");
  if (message.kind === "by-tag") return { topic: workflowTagsTopic(message.workflow), key: message.tag };
  return { topic: workflowEngineTopic(message.workflow), key: message.workflowId };
}

/** Who is to be canceled waits for a word that nobody says. */
function endless({ isCanceled }: Program): readonly Step[] {
  return isCanceled ? [{ do: "word" }] : [];
}
