import { type Command, isCommand } from "../../lib/core/commands/command.ts";
import { type Ending, type Event, type HistoryRecord, isEnding } from "../../lib/core/model/history.ts";
import type { Json } from "../../lib/core/values/json.ts";

const MARGIN = " ".repeat(12);

/** Writes a history for people: one line a record, events with the milliseconds since the first one. */
export function historyLines(records: readonly HistoryRecord[]): readonly string[] {
  const calls = new Map<string, string>();
  const startedAt = records.find(isEvent)?.at ?? 0;
  return records.map((record) => {
    if (isEnding(record)) return `${MARGIN}= ${endingText(record)}`;
    if (isEvent(record)) return `${`${record.at - startedAt} ms`.padStart(9)}   ${eventText(record, calls)}`;
    const call = callText(record);
    calls.set(record.id, call);
    return `${MARGIN}> ${record.kind} ${call}`;
  });
}

function isEvent(record: HistoryRecord): record is Event {
  return !isCommand(record) && !isEnding(record);
}

function callText(command: Command): string {
  switch (command.kind) {
    case "task":
      return `${command.service}.${command.method}(${listed(command.args)})`;
    case "child":
    case "method":
      return `${command.workflow}/${command.workflowId}.${command.method}(${listed(command.args)})`;
    case "signal":
    case "receive":
      return command.channel;
    case "by-tag":
      return `${command.workflow} tagged ${command.tag}`;
    case "task-retry":
      return command.task;
    case "timer":
      return `due ${new Date(command.dueAt).toISOString()}`;
    case "inline":
      return command.id;
  }
}

function eventText(event: Event, calls: ReadonlyMap<string, string>): string {
  if (event.kind === "method-started") return `${event.kind} ${event.name}(${listed(event.args)})`;
  if (event.kind === "signal-received")
    return `${event.kind} ${event.channel} ${JSON.stringify(event.value)}`;
  if (!("command" in event)) return event.kind;
  const parts = [event.kind, calls.get(event.command) ?? event.command];
  if ("attempt" in event) parts.push(`attempt ${event.attempt + 1}`);
  if ("failure" in event) parts.push(`: ${event.failure.message}`);
  if ("value" in event) parts.push(`-> ${JSON.stringify(event.value)}`);
  return parts.join(" ");
}

function endingText(ending: Ending): string {
  if (ending.kind === "method-failed") return `${ending.kind}: ${ending.failure.message}`;
  return `${ending.kind} ${JSON.stringify(ending.value)}`;
}

const listed = (args: readonly Json[]): string => args.map((arg) => JSON.stringify(arg)).join(", ");
