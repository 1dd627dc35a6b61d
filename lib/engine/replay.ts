import { InfiniticError } from "../core/errors.ts";
import { type HistoryRecord, isCodeEvent, isCommand, isEnding } from "../core/history.ts";
import { changed, Script } from "../core/script.ts";
import type { State } from "../core/state.ts";
import { Execution, type Produced } from "../workflow/execution.ts";
import type { WorkflowClass } from "../workflow/workflow.ts";

/** The registered classes of one workflow, by version. */
export type Versions = ReadonlyMap<number, WorkflowClass>;

/**
 * Rebuilds an instance's code from its history.
 *
 * @param holds endings not yet in history whose failures are to be held
 * @throws InfiniticError `UNKNOWN_WORKFLOW_VERSION`, `WORKFLOW_CHANGED`
 */
export async function replay(
  versions: Versions,
  state: State,
  history: readonly HistoryRecord[],
  holds: readonly HistoryRecord[] = [],
): Promise<Execution> {
  const { key, version, startedAt, tags, meta } = state;
  const workflowClass = versions.get(version);
  if (!workflowClass) {
    const known = [...versions.keys()].join(", ");
    throw new InfiniticError(
      "UNKNOWN_WORKFLOW_VERSION",
      `expected version ${version} of workflow ${key.workflow} to be registered, got ${known}`,
    );
  }
  const script = new Script([...history, ...holds], workflowClass.checkMode);
  const execution = new Execution(workflowClass, { key, version, startedAt, tags, meta }, script);
  for (let position = 0; position < history.length; ) {
    const record = history[position] as HistoryRecord;
    const end = segmentEnd(history, position);
    // Of a canceled instance's code nothing is wanted any more; if the cancel came first, it has never run.
    if (record.kind === "cancel-requested" && record.methodId === undefined) break;
    script.enterSegment(end);
    if (isCodeEvent(record)) {
      checkSegment(history.slice(position + 1, end), await execution.deliver(record), execution);
    } else if ("at" in record) {
      execution.observe(record);
    }
    position = end;
  }
  script.goLive();
  return execution;
}

/** Where the commands and endings that answer an event end. */
function segmentEnd(history: readonly HistoryRecord[], position: number): number {
  let end = position + 1;
  while (end < history.length && !("at" in (history[end] as HistoryRecord))) end++;
  return end;
}

/** Compares what code did in answer to an event with what is recorded of it. */
function checkSegment(recorded: readonly HistoryRecord[], produced: Produced, execution: Execution): void {
  for (const record of recorded) {
    if (isCommand(record) && !execution.hasIssued(record.id)) {
      throw changed(`expected a ${record.kind} as command ${record.id}, got none`);
    }
  }
  const expected = recorded.filter((record) => isEnding(record) && !("held" in record));
  const describe = (ending: HistoryRecord): string =>
    `${ending.kind} ${"method" in ending ? ending.method : ""}`;
  const before = expected.map(describe).sort().join(", ");
  const now = produced.records.map(describe).sort().join(", ");
  if (before !== now)
    throw changed(`expected ${before || "no method to end"}, got ${now || "no method that ended"}`);
}
