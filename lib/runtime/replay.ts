import { type Command, isCommand } from "../core/commands/command.ts";
import type { Schemas } from "../core/contract/schemas.ts";
import { type Ending, type HistoryRecord, isEnding } from "../core/model/history.ts";
import { changed, RecordedCommands } from "../core/model/recorded-commands.ts";
import { CURRENT_RULES, follows } from "../core/model/rules.ts";
import type { State } from "../core/model/state.ts";
import { isTold } from "../core/model/told-event.ts";
import { InfiniticError } from "../core/values/errors.ts";
import type { Payloads } from "../instance/payloads.ts";
import type { Clock } from "../ports/clock.ts";
import { Execution } from "./execution.ts";
import { RunningInlines } from "./running-inlines.ts";
import type { WorkflowClass } from "./workflow-class.ts";
import type { WorkflowInterceptor } from "./workflow-interceptor.ts";

/** The registered classes of one workflow, by version, and the schemas of its contract. */
export interface Versions extends ReadonlyMap<number, WorkflowClass> {
  readonly schemas?: Schemas;
  /** Whether replays compare values, unless a class says how they do: where the code never changes, as in a test. */
  readonly comparesValues?: boolean;
  /** Code around what comes to instances and what they send. Default: none. */
  readonly interceptors?: readonly WorkflowInterceptor[];
}

/** What instances' code is run with. */
export interface CodeParts {
  readonly versions: Versions;
  readonly payloads: Payloads;
  /** What the timeouts of inline tasks go by. Default: the machine's time. */
  readonly clock?: Clock;
}

/** What a replay is to do otherwise than history says. */
export interface ReplayChanges {
  /** Endings not yet in history whose failures are to be held. */
  readonly holds?: readonly Ending[];
  /** The method that is retried: it may go on beyond its failure. */
  readonly retrying?: number;
}

/** Code that stands where its history ends, and what a retried method did beyond its failure. */
export interface Replayed {
  readonly execution: Execution;
  readonly retried: readonly (Command | Ending)[];
}

/**
 * Rebuilds an instance's code from its history.
 *
 * @throws InfiniticError `UNKNOWN_WORKFLOW_VERSION`, `UNKNOWN_RULES`, `WORKFLOW_CHANGED`, `PAYLOAD_MISSING`
 */
export async function replay(
  { versions, payloads, clock }: CodeParts,
  state: State,
  history: readonly HistoryRecord[],
  { holds = [], retrying }: ReplayChanges = {},
): Promise<Replayed> {
  const { key, version, rules, startedAt, tags, meta } = state;
  if (rules > CURRENT_RULES) throw unknownRules(rules);
  const workflowClass = versions.get(version);
  if (!workflowClass) {
    const known = [...versions.keys()].join(", ");
    throw new InfiniticError(
      "UNKNOWN_WORKFLOW_VERSION",
      `expected version ${version} of workflow ${key.workflow} to be registered, got ${known}`,
    );
  }
  const { checkMode: ownMode } = workflowClass;
  const checkMode = ownMode ?? (versions.comparesValues ? "strict" : undefined);
  // Only a strict replay looks at all that was sent.
  const recorded =
    checkMode === "strict" ? await Promise.all(history.map((one) => payloads.inline(one))) : history;
  const script = new RecordedCommands(
    [...recorded, ...holds],
    checkMode,
    retrying,
    follows(rules, "strictComparesCommands"),
  );
  const retried: (Command | Ending)[] = [];
  const execution = new Execution(
    workflowClass,
    { key, version, rules, startedAt, tags, meta },
    script,
    versions.schemas,
    new RunningInlines(clock && ((ms, signal) => clock.sleep(ms, signal))),
    versions.interceptors,
  );
  for (let position = 0; position < history.length; ) {
    const record = history[position] as HistoryRecord;
    const end = segmentEnd(history, position);
    // Of a canceled instance's code nothing is wanted any more; if the cancel came first, it has never run.
    if (record.kind === "cancel-requested" && record.methodId === undefined) break;
    script.enterSegment(end);
    if (isTold(record, rules)) {
      const { records } = await execution.deliver(await payloads.open(record));
      const isChecked = (answer: HistoryRecord): boolean => !script.isPastFailure(methodOf(answer));
      checkSegment(history.slice(position + 1, end).filter(isChecked), records.filter(isChecked), execution);
      if (follows(rules, "failedMethodsStop")) {
        for (const method of script.failedAt(position, end)) execution.abandon(method);
      }
      if (retrying !== undefined && script.isPastFailure(retrying)) {
        retried.push(...records.filter((answer) => methodOf(answer) === retrying));
      }
    } else if ("at" in record) {
      execution.observe(record);
    }
    position = end;
  }
  for (const method of script.failed) execution.abandon(method);
  execution.goLive();
  return { execution, retried };
}

/** A run that a later version of the engine began. */
function unknownRules(rules: number): InfiniticError {
  return new InfiniticError(
    "UNKNOWN_RULES",
    `expected a run under the rules 0 to ${CURRENT_RULES} of the engine, got ${rules}`,
  );
}

/** The method that issued a command or ended. */
function methodOf(record: HistoryRecord): number {
  if (isCommand(record)) return Number.parseInt(record.id, 10);
  return isEnding(record) ? record.method : -1;
}

/** Where the commands and endings that answer an event end. */
function segmentEnd(history: readonly HistoryRecord[], position: number): number {
  let end = position + 1;
  while (end < history.length && !("at" in (history[end] as HistoryRecord))) end++;
  return end;
}

/** Compares what code did in answer to an event with what is recorded of it. */
function checkSegment(
  recorded: readonly HistoryRecord[],
  produced: readonly (Command | Ending)[],
  execution: Execution,
): void {
  for (const record of recorded) {
    if (isCommand(record) && !execution.hasIssued(record.id)) {
      throw changed(`expected a ${record.kind} as command ${record.id}, got none`);
    }
  }
  const expected = recorded.filter((record) => isEnding(record) && !("held" in record));
  const describe = (ending: HistoryRecord): string =>
    `${ending.kind} ${"method" in ending ? ending.method : ""}`;
  const before = expected.map(describe).sort().join(", ");
  const now = produced.map(describe).sort().join(", ");
  if (before !== now)
    throw changed(`expected ${before || "no method to end"}, got ${now || "no method that ended"}`);
}
