import { childId } from "../../lib/core/values/ids.ts";
import { referenceIn } from "../../lib/core/values/payload.ts";
import type { EngineStores } from "../../lib/engine/workflow-handler.ts";
import type { SimulatedBroker } from "./broker.ts";
import { Collector, Journey } from "./journey.ts";
import { instanceName, type Ledger, type Life, type Past, recordsOf } from "./ledger.ts";
import { type Expected, expectedOf, matches, sentBy } from "./model.ts";
import type { Outcome, Journey as Program, Programs, Step } from "./program.ts";
import { collectorOf, runOf, workflowIdOf } from "./requests.ts";

const MINUTE_MS = 60_000;
const SWEPT_AFTER_MINUTES = 10;
const MOST_ITEMS = 100;

/** Tells whether everything that clients asked for has come to its end, whatever that is. */
export function isSettled(programs: Programs, ledger: Ledger): boolean {
  for (const program of programs) {
    for (const nth of program.lives.keys())
      if (!lifeOf(program, nth, ledger)?.instance.state.ended) return false;
    if (collected(program).length > 0 && !collectorLife(program, ledger)?.instance.state.ended) return false;
  }
  for (const life of ledger.lives.values()) if (!isAtRest(life)) return false;
  return true;
}

/** Whatever must not be, at the end of a run. */
export async function violationsOf(run: {
  readonly programs: Programs;
  readonly ledger: Ledger;
  readonly broker: SimulatedBroker;
  readonly stores: EngineStores;
  readonly isStuck: boolean;
  /** The instant of the end. */
  readonly now: number;
}): Promise<readonly string[]> {
  const { programs, ledger, broker, stores, isStuck, now } = run;
  if (ledger.breaches.length > 0) return ledger.breaches;
  if (isStuck) return [stuck(programs, ledger, broker)];
  return [
    ...(await overdue(stores, now)),
    ...(await Promise.all([...ledger.lives.values()].map((life) => missingPayloads(life, stores)))).flat(),
    ...programs.flatMap((program) => resultViolations(program, ledger)),
    ...[...ledger.lives.values()].flatMap((life) => [
      ...historyViolations(life),
      ...outboxViolations(life, ledger),
    ]),
    ...[...ledger.lives.values()].flatMap((life) => childViolations(life, ledger)),
  ];
}

function lifeOf(program: Program, nth: number, ledger: Ledger): Life | undefined {
  return ledger.lifeOf({ workflow: Journey.name, workflowId: workflowIdOf(program) }, runOf(program, nth));
}

function collectorLife(program: Program, ledger: Ledger): Life | undefined {
  return ledger.lifeOf(
    { workflow: Collector.name, workflowId: collectorOf(program) },
    `start-collector-${program.id}`,
  );
}

const collected = ({ lives: [first = []] }: Program): readonly string[] => sentBy(first);

/** Ended, or failed as it is meant to. */
function isAtRest({ instance: { state, stopped } }: Life): boolean {
  if (stopped !== undefined) return false;
  return state.ended || (state.status === "failed" && state.methods[0]?.name === "fail");
}

function resultViolations(program: Program, ledger: Ledger): readonly string[] {
  const violations: string[] = [];
  const expect = (what: string, expected: Expected | undefined, life: Life | undefined): void => {
    if (life === undefined) violations.push(`${what} was never committed`);
    else violations.push(...outcomeViolations(what, expected, life));
  };
  for (const [nth, expected] of expectedOf(program).entries())
    expect(`life ${nth} of ${program.id}`, expected, lifeOf(program, nth, ledger));
  const sent = collected(program);
  if (sent.length > 0) expect(`the collector of ${program.id}`, sent, collectorLife(program, ledger));
  for (const [nth, steps] of program.lives.entries()) {
    const life = lifeOf(program, nth, ledger);
    if (life !== undefined && !program.isCanceled) violations.push(...effectViolations(steps, life));
  }
  return violations;
}

/** @param expected undefined: it was canceled */
export function outcomeViolations(
  what: string,
  expected: Expected | undefined,
  life: Past,
): readonly string[] {
  const { status } = life.instance.state;
  const ending = recordsOf(life, "method-completed").find(({ method }) => method === 0);
  const got = ending?.value as Outcome | undefined;
  const isRight = expected === undefined ? status === "canceled" : matches(expected, got);
  return isRight
    ? []
    : [`${what} gave ${status} ${JSON.stringify(got)}, the model gives ${JSON.stringify(expected)}`];
}

/** What the code issued is what its steps issue. */
export function effectViolations(steps: readonly Step[], life: Past): readonly string[] {
  const count = (kind: "task" | "child" | "signal"): number => recordsOf(life, kind).length;
  const expected = effectsOf(steps);
  return (["task", "child", "signal"] as const).flatMap((kind) =>
    count(kind) === expected[kind]
      ? []
      : [`${instanceName(life.key)} issued ${count(kind)} ${kind} commands, the model ${expected[kind]}`],
  );
}

function effectsOf(steps: readonly Step[]): { task: number; child: number; signal: number } {
  const sum = { task: 0, child: 0, signal: 0 };
  for (const step of steps) {
    if (step.do === "parallel") {
      for (const branch of step.branches) {
        const inner = effectsOf(branch);
        for (const kind of ["task", "child", "signal"] as const) sum[kind] += inner[kind];
      }
    } else if (["child", "broken-child", "heavy-child", "shared-child"].includes(step.do)) sum.child += 1;
    else if (step.do === "signal") sum.signal += 1;
    else if (step.do === "race" || step.do === "late") sum.task += 2;
    else if (step.do === "nested") sum.task += 4;
    else if (
      !["inline", "meddling", "timer", "patient", "word", "heavy-word", "news", "ask"].includes(step.do)
    )
      sum.task += 1;
  }
  return sum;
}

/** Each effect is in history at most once. */
export function historyViolations(life: Past): readonly string[] {
  const seen = new Set<string>();
  const violations: string[] = [];
  for (const record of life.instance.history) {
    const name = effectName(record as never);
    if (name === undefined) continue;
    if (seen.has(name)) violations.push(`${instanceName(life.key)} has twice: ${name}`);
    seen.add(name);
  }
  for (const { command, sequence, attempt } of recordsOf(life, "attempt-failed")) {
    const chain = `${command} ${sequence}.`;
    if (attempt > 0 && !seen.has(`attempt-due ${chain}${attempt}`))
      violations.push(`${instanceName(life.key)} heard of attempt ${chain}${attempt}, which it never sent`);
  }
  return violations;
}

interface Fields {
  readonly kind: string;
  readonly messageId?: string;
  readonly command?: string;
  readonly method?: number;
  readonly number?: number;
  readonly sequence?: number;
  readonly attempt?: number;
}

function effectName({
  kind,
  messageId,
  command,
  method,
  number,
  sequence,
  attempt,
}: Fields): string | undefined {
  switch (kind) {
    case "instance-started":
    case "method-canceled":
      return `${kind} ${method ?? ""}`;
    case "method-started":
    case "signal-received":
    case "caller-attached":
    case "cancel-requested":
    case "task-retry-requested":
      return `${kind} ${messageId}`;
    case "task-completed":
    case "timer-fired":
      return `${kind} ${command}`;
    case "child-ended":
      return `${kind} ${command} ${number}`;
    case "method-completed":
    case "method-failed":
      return `ending ${method} ${number ?? 1}`;
    case "attempt-failed":
    case "attempt-due":
    case "task-delegated":
      return `${kind} ${command} ${sequence}.${attempt}`;
    case "task-retried":
      return `${kind} ${command} ${sequence}`;
    default:
      return undefined;
  }
}

function outboxViolations({ key, instance }: Life, ledger: Ledger): readonly string[] {
  return instance.outbox
    .filter(({ cause }) => !ledger.acknowledgedCauses.has(`${instanceName(key)} ${cause}`))
    .map(
      ({ number, cause }) =>
        `${instanceName(key)} has entry ${number} in its outbox, whose cause ${cause} is not done`,
    );
}

/** Far wake-ups that were due long ago, and are still there. */
async function overdue({ dueStore }: EngineStores, now: number): Promise<readonly string[]> {
  const violations: string[] = [];
  const first = (await dueStore.loadCursor()) ?? 0;
  for (let minute = first; minute < now / MINUTE_MS - SWEPT_AFTER_MINUTES; minute += 1) {
    const { items } = await dueStore.read(minute, MOST_ITEMS);
    for (const { id } of items) violations.push(`wake-up ${id} is still in the due store`);
  }
  return violations;
}

/** What history refers to, and is not there. */
async function missingPayloads(
  { key, instance }: Life,
  { payloadStore }: EngineStores,
): Promise<readonly string[]> {
  const violations: string[] = [];
  for (const record of instance.history) {
    const reference = referenceIn(record);
    const isThere = reference === undefined || (await payloadStore.get(reference.key).catch(() => undefined));
    if (isThere === undefined) violations.push(`${instanceName(key)} has lost the value of a ${record.kind}`);
  }
  return violations;
}

/** Each child of one parent lived once. */
function childViolations(life: Life, ledger: Ledger): readonly string[] {
  return recordsOf(life, "child").flatMap(({ id, workflow, workflowId, customId }) => {
    if (customId !== undefined) return [];
    const run = childId(life.instance.state.key, id);
    const runs = [...ledger.lives.values()].filter(
      ({ key }) => key.workflow === workflow && key.workflowId === workflowId,
    );
    const isRight = runs.length === 1 && runs[0]?.instance.state.key.run === run;
    return isRight ? [] : [`child ${id} of ${instanceName(life.key)} lived ${runs.length} times`];
  });
}

function stuck(programs: Programs, ledger: Ledger, broker: SimulatedBroker): string {
  const lives = [...ledger.lives.values()]
    .filter((life) => !isAtRest(life))
    .map(({ key, instance }) => `${instanceName(key)} is ${instance.status}`);
  const missing = programs.flatMap((program) =>
    program.lives.flatMap((_steps, nth) =>
      lifeOf(program, nth, ledger) ? [] : [`life ${nth} of ${program.id} has not begun`],
    ),
  );
  const backlog = [...broker.topics.values()].flatMap(({ name, due }) =>
    due.length > 0 ? [`${due.length} on ${name}`] : [],
  );
  return `it does not end: ${[...missing, ...lives, ...backlog].join("; ")}`;
}
