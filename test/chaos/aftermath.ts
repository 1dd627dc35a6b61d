import { childId, scopedId } from "../../lib/core/values/ids.ts";
import { readInstance } from "../../lib/instance/read-instance.ts";
import type { InstanceKey, StateStore } from "../../lib/ports/state-store.ts";
import { programOf } from "../load/workload.ts";
import { Collector, Journey } from "../simulation/journey.ts";
import { instanceName, type Past, recordsOf } from "../simulation/ledger.ts";
import { sentBy } from "../simulation/model.ts";
import { collectorOf, runOf, workflowIdOf } from "../simulation/requests.ts";
import { historyViolations } from "../simulation/verdict.ts";

/** What histories say of tasks. */
export interface Aftermath {
  readonly instances: number;
  /** Ids of the tasks that were issued, of those that have an outcome in history, and of those whose code gave it. */
  readonly issued: ReadonlySet<string>;
  readonly applied: ReadonlySet<string>;
  readonly answered: ReadonlySet<string>;
  readonly violations: readonly string[];
}

/**
 * Reads all that a workload has left in the store: its journeys, their collectors, and all their children.
 *
 * @param load `earlier`: lives of ids that have begun anew since, as they were read when they had ended
 */
export async function readAftermath(
  store: StateStore,
  load: { readonly seed: number; readonly workflows: number; readonly earlier: readonly Past[] },
): Promise<Aftermath> {
  const { seed, workflows, earlier } = load;
  const tasks = { issued: new Set<string>(), applied: new Set<string>(), answered: new Set<string>() };
  const violations: string[] = [];
  let instances = 0;

  const visit = async (key: InstanceKey, run: string): Promise<void> => {
    const instance = await readInstance(store, key);
    if (instance === undefined) return void violations.push(`${instanceName(key)} is not there`);
    const { state } = instance;
    if (state.key.run !== run)
      violations.push(`${instanceName(key)} is run ${state.key.run}, whoever started it began ${run}`);
    await see({ key, instance });
  };
  const see = async (past: Past): Promise<void> => {
    instances += 1;
    const { state, stopped, status } = past.instance;
    const isAtRest = state.ended || (state.status === "failed" && state.methods[0]?.name === "fail");
    if (stopped !== undefined || !isAtRest) violations.push(`${instanceName(past.key)} is ${status}`);
    violations.push(...historyViolations(past), ...outcomesOf(past, tasks));
    for (const { id, workflow, workflowId } of recordsOf(past, "child"))
      await visit({ workflow, workflowId }, childId(state.key, id));
  };

  for (const past of earlier) await see(past);
  for (let nth = 0; nth < workflows; nth += 1) {
    const program = programOf(seed, nth);
    const key = { workflow: Journey.name, workflowId: workflowIdOf(program) };
    await visit(key, runOf(program, program.lives.length - 1));
    if (sentBy(program.lives[0] ?? []).length > 0)
      await visit(
        { workflow: Collector.name, workflowId: collectorOf(program) },
        `start-collector-${program.id}`,
      );
  }
  return { instances, ...tasks, violations };
}

/** Notes an instance's tasks; tells of those that have more than one outcome, and were not retried by hand between. */
function outcomesOf(
  past: Past,
  tasks: { readonly [which in "issued" | "applied" | "answered"]: Set<string> },
): readonly string[] {
  const violations: string[] = [];
  const isOver = new Set<string>();
  for (const record of past.instance.history) {
    if (record.kind === "task") tasks.issued.add(scopedId(past.instance.state.key, record.id));
    if (record.kind === "task-retry") isOver.delete(record.task);
    if (
      record.kind === "task-completed" ||
      record.kind === "task-failed" ||
      record.kind === "task-timed-out"
    ) {
      if (isOver.has(record.command))
        violations.push(`task ${record.command} of ${instanceName(past.key)} has two outcomes`);
      isOver.add(record.command);
      const taskId = scopedId(past.instance.state.key, record.command);
      tasks.applied.add(taskId);
      if (record.kind !== "task-timed-out") tasks.answered.add(taskId);
    }
  }
  return violations;
}
